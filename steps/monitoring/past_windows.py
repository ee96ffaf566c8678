"""The windows that were watched, as their runs in MLflow have them, and the report of each."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from pydantic import ValidationError

from steps.evaluation.report.record import DOCUMENT, PAGE
from steps.monitoring.report.report import MonitoringReport
from steps.run.mlflow_errors import is_absence
from steps.tracking.search import newest_runs

RUN_ID = re.compile(r"[0-9a-f]{32}")
STEP = "monitor"


@dataclass(frozen=True)
class PastWindow:
    """A window of a registered model: the run with its report, when that was made, and what it found."""

    run_id: str
    at: datetime
    version: str
    decisions: int
    alarms: int


def past_windows(model_name: str, most: int) -> list[PastWindow]:
    """The newest windows of a model, the last one first; a run that broke off is none."""
    own = f"tags.step = '{STEP}' and params.model_name = '{model_name}' and metrics.alarms >= 0"
    return [_window(run) for run in newest_runs(own, most)]


def find_window(model_name: str, run_id: str) -> PastWindow | None:
    """The window of a run; None where that is none of this model, or no id of a run at all."""
    if RUN_ID.fullmatch(run_id) is None:
        return None
    try:
        run = MlflowClient().get_run(run_id)
    except MlflowException as error:
        if not is_absence(error):
            raise
        return None
    is_own = run.data.tags.get("step") == STEP and run.data.params.get("model_name") == model_name
    return _window(run) if is_own and "alarms" in run.data.metrics else None


def report_of(window: PastWindow) -> MonitoringReport | None:
    """The figures of its report; None where code of another form of it made them.

    Raises
    ------
    MlflowException, OSError
        The artifact is missing, or cannot be read.
    """
    text = mlflow.artifacts.load_text(f"runs:/{window.run_id}/{DOCUMENT}")
    try:
        return MonitoringReport.model_validate_json(text)
    except ValidationError:
        return None


def page_of(window: PastWindow) -> str:
    """The page of its report, HTML; raises as `report_of` does."""
    return mlflow.artifacts.load_text(f"runs:/{window.run_id}/{PAGE}")


def _window(run: Run) -> PastWindow:
    figures = run.data.metrics
    return PastWindow(
        run.info.run_id,
        datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        run.data.params.get("version", ""),
        int(figures.get("decisions", 0)),
        int(figures["alarms"]),
    )
