"""The trend of a model in production: one run in MLflow with the metrics of all windows, whose runs it holds.

It also has the state of a watch: where the last window ended.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE

TREND_OF = "monitoring.trend_of"  # tag: the registered model
UNTIL = "monitoring.until"  # tag: where the last window ended
WINDOWS = "monitoring.windows"  # tag: how many there are
NOTE = (
    "Figures of the windows of traffic in which `mlflow run . -e monitor` watched {name}, each by its end: charts over "
    "wall time show the trend. The runs below are the windows, each with its report."
)


@dataclass(frozen=True)
class Trend:
    """The run of a registered model's trend.

    `until` is where the latest window ended, None before the first; `windows` is their number.
    """

    run_id: str
    until: datetime | None
    windows: int

    def add(self, metrics: Mapping[str, float], until: datetime) -> None:
        """Add the figures of the window that the active run is about, and take that run in.

        What the trend remembers is written last: a process killed before watches the window again.
        """
        client, window = MlflowClient(), mlflow.active_run()
        assert window is not None
        client.set_tag(window.info.run_id, MLFLOW_PARENT_RUN_ID, self.run_id)
        moment = int(until.timestamp() * 1000)
        client.log_batch(
            self.run_id, [Metric(name, value, moment, self.windows + 1) for name, value in metrics.items()]
        )
        client.set_tag(self.run_id, WINDOWS, str(self.windows + 1))
        # A window of older decisions, watched once more, does not have a watch begin there again.
        client.set_tag(self.run_id, UNTIL, max(until, self.until or until).isoformat())


def find_trend(model_name: str) -> Trend | None:
    """The model's trend, None before its first window; of two made at once, the first counts."""
    client = MlflowClient()
    experiments = [each.experiment_id for each in client.search_experiments()]
    runs = client.search_runs(experiments, f"tags.`{TREND_OF}` = '{model_name}'", order_by=["start_time ASC"])
    if not runs:
        return None
    tags = runs[0].data.tags
    until = tags.get(UNTIL)
    return Trend(
        runs[0].info.run_id, None if until is None else datetime.fromisoformat(until), int(tags.get(WINDOWS, 0))
    )


def trend_of(model_name: str, experiment_id: str) -> Trend:
    """The model's trend; where there is none, a new one in this experiment."""
    trend = find_trend(model_name)
    if trend is None:
        client = MlflowClient()
        tags = {
            MLFLOW_RUN_NAME: f"monitoring of {model_name}",
            MLFLOW_RUN_NOTE: NOTE.format(name=model_name),
            TREND_OF: model_name,
        }
        made = client.create_run(experiment_id, int(time.time() * 1000), tags)
        client.set_terminated(made.info.run_id)  # windows come by the hour, or once: it is never under way
        trend = find_trend(model_name)
        assert trend is not None
    return trend
