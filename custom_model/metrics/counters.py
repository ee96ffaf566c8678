"""Counters and a latency histogram for Prometheus, correct with several workers.

The Prometheus client decides at import whether workers share their numbers in a folder
(PROMETHEUS_MULTIPROC_DIR); so it is imported here only after that variable is set.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from custom_model.costs import OUTCOMES

if TYPE_CHECKING:
    from prometheus_client import Gauge as GaugeMetric

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PLACE = "METRICS_PLACE"  # set by the hardened server's supervisor: a name by the worker's number among those that run
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds: a row without reasons takes 0.5 ms, a thousand rows with reasons take seconds.
BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """One worker's metrics; `exposition` sums those of all workers that share the folder."""

    def __init__(self, model: str):
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        _continue_files()
        self._registry = CollectorRegistry()
        requests = Counter(
            "credit_scoring_requests",
            "Requests for decisions, by HTTP status; under MLflow's server, those that reach the model",
            ["status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "credit_scoring_request_seconds",
            "Seconds from a request's head to its answer; under MLflow's server, within the model",
            buckets=BUCKETS,
            registry=self._registry,
        )
        by_outcome = Counter("credit_scoring_decisions", "Decisions, by outcome", ["decision"], registry=self._registry)
        of_model = Counter(
            "credit_scoring_model_decisions",
            "Decisions, by the version that decided and outcome",
            ["model", "decision"],
            registry=self._registry,
        )
        # The client looks labels up under a lock: a third of the time of a count.
        self._requests = cache(lambda status: requests.labels(str(status)))
        self._decisions = cache(lambda outcome: (by_outcome.labels(outcome), of_model.labels(model, outcome)))
        for outcome in OUTCOMES:
            self._decisions(outcome)  # exposed as 0 before the first such decision
        model_info = Gauge(
            "credit_scoring_model_info",
            "1 for the served model; during a change for both",
            ["model"],
            registry=self._registry,
            multiprocess_mode="livemax",  # its file may go while another worker reads it
        )
        model_info.labels(model).set(1)
        self._ready: GaugeMetric | None = None

    def count_request(self, status: int, seconds: float, decisions: Sequence[Mapping[str, object]] = ()) -> None:
        """Count a request, its time, and each of its decisions under its own outcome; a simulation decides nothing."""
        self._requests(status).inc()
        self._seconds.observe(seconds)
        counts: dict[str, int] = {}
        for decision in decisions:
            if not decision["simulated"]:
                outcome = str(decision["decision"])
                counts[outcome] = counts.get(outcome, 0) + 1
        for outcome, count in counts.items():
            for counter in self._decisions(outcome):
                counter.inc(count)

    def set_ready(self, is_ready: bool) -> None:
        """What /ready answered last; exposed from the first such answer on, so that it is no guess."""
        if self._ready is None:
            from prometheus_client import Gauge

            self._ready = Gauge(
                "credit_scoring_ready",
                "1 where /ready last answered 200, else 0, from its first answer on; not under MLflow's server",
                registry=self._registry,
                multiprocess_mode="mostrecent",
            )
        self._ready.set(is_ready)

    def exposition(self) -> bytes:
        """The metrics of all workers, from their files, in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)


def _continue_files() -> None:
    """Go on with the files of the worker that had this place before: ever new workers would leave ever more files.

    Documented by the client for servers that number their workers (uWSGI's `worker_id`).
    """
    place = os.environ.get(PLACE)
    if place is not None and FOLDER in os.environ:
        from prometheus_client import values

        values.ValueClass = values.MultiProcessValue(lambda: place)
