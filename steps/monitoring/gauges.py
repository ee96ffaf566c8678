"""A window's figures for Prometheus, in a file that node_exporter's textfile collector reads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from steps.monitoring.alarms import KINDS, Alarm
from steps.run.atomic import atomic_write

PREFIX = "credit_scoring_monitor"
ENDING = ".prom"  # the only files that the collector reads


def write_gauges(
    path: Path,
    model_name: str,
    version: str,
    until: datetime,
    metrics: Mapping[str, float],
    psi: Mapping[str, float],
    alarms: Sequence[Alarm],
) -> None:
    """Replace the file at once: metrics, PSI by field, the number of alarms of each kind, and when the window ended.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    registry = CollectorRegistry()
    labels = {"model": model_name, "version": version}

    def show(name: str, words: str, value: float, **more: str) -> None:
        gauge = known.get(name)
        if gauge is None:
            gauge = known[name] = Gauge(f"{PREFIX}_{name}", words, [*labels, *more], registry=registry)
        gauge.labels(*labels.values(), *more.values()).set(value)

    known: dict[str, Gauge] = {}
    for name, value in metrics.items():
        show(name, f"{name} of the last window, as in MLflow", value)
    for field, value in psi.items():
        show("psi", "population stability index of a field that the model uses", value, field=field)
    raised = Counter(each.kind for each in alarms)
    for kind in KINDS:
        show("alarms", "alarms of the last window", raised[kind], kind=kind)
    show("window_end_seconds", "end of the last window, in seconds of Unix time", until.timestamp())
    show("finished_seconds", "when it was watched, in seconds of Unix time", datetime.now(UTC).timestamp())
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(generate_latest(registry))
