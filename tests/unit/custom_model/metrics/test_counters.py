"""The numbers that Prometheus reads."""

import os
import subprocess
import sys

import pytest

from custom_model.metrics.counters import FOLDER, PLACE, Metrics
from steps.run.settings import PROJECT


@pytest.fixture
def metrics():
    return Metrics("credit-scoring/1")


def count(metrics: Metrics, sample: str) -> float | None:
    """The value of a sample, None where it is not exposed."""
    lines = dict(line.rsplit(" ", 1) for line in metrics.exposition().decode().splitlines() if line[0] != "#")
    return float(lines[sample]) if sample in lines else None


def decisions(outcome: str) -> str:
    return f'credit_scoring_decisions_total{{decision="{outcome}"}}'


def decided(*outcomes: str, simulated: bool = False) -> list[dict]:
    return [{"decision": outcome, "simulated": simulated} for outcome in outcomes]


def test_each_decision_is_counted_under_its_own_outcome(metrics):
    metrics.count_request(200, 0.01, decided("granted", "refused", "granted"))

    assert count(metrics, decisions("granted")) == 2
    assert count(metrics, decisions("refused")) == 1


def test_an_unknown_outcome_counts_as_itself_and_never_as_granted(metrics):
    metrics.count_request(200, 0.01, decided("reviewed"))

    assert count(metrics, decisions("granted")) == 0
    assert count(metrics, decisions("refused")) == 0
    assert count(metrics, decisions("reviewed")) == 1


def test_a_simulation_counts_as_a_request_and_as_no_decision(metrics):
    metrics.count_request(200, 0.01, decided("granted", simulated=True))

    assert count(metrics, decisions("granted")) == 0
    assert count(metrics, 'credit_scoring_requests_total{status="200"}') == 1


def test_all_outcomes_are_exposed_before_the_first_decision(metrics):
    assert count(metrics, decisions("granted")) == 0
    assert count(metrics, decisions("refused")) == 0
    assert count(metrics, decisions("referred")) == 0


def test_a_request_is_counted_by_status_and_its_time_is_observed(metrics):
    metrics.count_request(503, 0.3)

    assert count(metrics, 'credit_scoring_requests_total{status="503"}') == 1
    assert count(metrics, "credit_scoring_request_seconds_sum") == pytest.approx(0.3)


def test_decisions_are_counted_by_the_version_that_decided(metrics):
    metrics.count_request(200, 0.01, decided("granted", "refused", "granted"))

    name = 'credit_scoring_model_decisions_total{{decision="{}",model="credit-scoring/1"}}'
    assert [count(metrics, name.format(outcome)) for outcome in ("granted", "refused", "referred")] == [2, 1, 0]


WORKER = """
import sys
from custom_model.metrics.counters import Metrics
metrics = Metrics(sys.argv[1])
metrics.count_request(200, 0.01, [{"decision": "granted", "simulated": False}])
print(metrics.exposition().decode())
"""


@pytest.mark.slow
def test_a_worker_goes_on_with_the_counters_of_the_one_that_had_its_place(tmp_path):
    variables = {**os.environ, FOLDER: str(tmp_path), PLACE: "worker0"}
    for model in ("credit-scoring/1", "credit-scoring/2"):
        command = [sys.executable, "-c", WORKER, model]
        exposed = subprocess.run(command, env=variables, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert 'credit_scoring_decisions_total{decision="granted"} 2.0' in exposed
    for model in ("credit-scoring/1", "credit-scoring/2"):
        assert f'credit_scoring_model_decisions_total{{decision="granted",model="{model}"}} 1.0' in exposed
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["counter_worker0.db", "gauge_livemax_worker0.db", "histogram_worker0.db"]
