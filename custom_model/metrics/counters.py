"""Counters and a latency histogram for Prometheus, right with several workers.

The Prometheus client decides when it is imported whether workers share their numbers in a folder
(PROMETHEUS_MULTIPROC_DIR). So it is imported here only once that is settled.
"""

import os
from collections.abc import Sequence

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds: a row without reasons takes 0.5 ms, a thousand rows with reasons take seconds.
BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """What one worker counts; `exposition` adds up those of all workers that share the folder."""

    def __init__(self, model: str):
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "credit_scoring_requests", "Requests for decisions, by HTTP status", ["status"], registry=self._registry
        )
        self._seconds = Histogram(
            "credit_scoring_request_seconds",
            "From the head of a request to its answer",
            buckets=BUCKETS,
            registry=self._registry,
        )
        decisions = Counter(
            "credit_scoring_decisions", "Decisions given, by what was decided", ["decision"], registry=self._registry
        )
        self._granted, self._refused = decisions.labels("granted"), decisions.labels("refused")
        loaded = Gauge(
            "credit_scoring_model_info",
            "1 for the model that is served",
            ["model"],
            registry=self._registry,
            multiprocess_mode="max",
        )
        loaded.labels(model).set(1)

    def answered(self, status: int, seconds: float, decisions: Sequence[dict] = ()) -> None:
        """Count a request and the decisions that it got."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)
        refused = sum(decision["decision"] == "refused" for decision in decisions)
        if refused:
            self._refused.inc(refused)
        if len(decisions) > refused:
            self._granted.inc(len(decisions) - refused)

    def exposition(self) -> bytes:
        """The numbers of all workers in Prometheus' text format; it reads their files."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)
