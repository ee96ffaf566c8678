"""The page of Prometheus' metrics: from what the servers and `monitor` expose."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from custom_model.metrics.counters import Metrics
from custom_model.server.following.status import following_metrics
from reference.texts import code, table
from steps.monitoring.gauges import ENDING, write_gauges

INTRODUCTION = """\
# Metrics of Prometheus

`make docs` writes this page from what is exposed. Figures of a server are the sum of all its workers, those that have
ended included. Alerts on them: [deploy.md](../deploy.md#alerts).

## A server: `/metrics`

"""
MONITOR = """

## `monitor`: a file for node exporter's textfile collector

`-P textfile=FILE` of [monitor](../monitoring.md#by-the-day) writes each figure of the last window under its name in
MLflow, as `credit_scoring_monitor_expected_cost`, and besides:

"""


def page() -> str:
    """The page in Markdown."""
    return f"{INTRODUCTION}{rows(of_server())}{MONITOR}{rows(of_monitor())}\n"


def of_server() -> Iterator[Metric]:
    """The metrics of a worker that is ready and of the supervisor that follows an alias."""
    metrics, following = Metrics("model/1"), CollectorRegistry()
    metrics.set_ready(True)
    metrics.count_request(200, 0.001)
    following_metrics(following)
    for text in (metrics.exposition(), generate_latest(following)):
        yield from text_string_to_metric_families(text.decode())


def of_monitor() -> Iterator[Metric]:
    """The gauges of a window, but for its figures."""
    with TemporaryDirectory() as folder:
        file = Path(folder, f"gauges{ENDING}")
        write_gauges(file, "credit-scoring", "1", datetime.now(UTC), {}, {"AMT_CREDIT": 0.0}, ())
        yield from text_string_to_metric_families(file.read_text("utf-8"))


def rows(metrics: Iterable[Metric]) -> str:
    """A row for each metric: the name that is asked for, its type, labels and meaning."""
    found = [
        [code(name_of(each)), each.type, ", ".join(map(code, labels(each))), each.documentation]
        for each in metrics
        if not each.name.endswith("_created")
    ]
    return table(["metric", "type", "labels", "meaning"], found)


def name_of(metric: Metric) -> str:
    """A counter's name has an ending in a query."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def labels(metric: Metric) -> list[str]:
    """The labels of the metric's samples, without the bounds of a histogram."""
    return sorted({label for sample in metric.samples for label in sample.labels} - {"le"})
