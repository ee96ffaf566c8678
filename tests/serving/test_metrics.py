"""The metrics of each server: the sum over all its workers, including killed ones."""

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from steps.run.ports import ReservedPort
from testing.forked_servers import hardened_server, stock_server
from testing.processes import kill, workers_of
from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow


@pytest.fixture(params=[stock_server, hardened_server], ids=["stock", "hardened"])
def watched(request, champion, tmp_path):
    """The URLs of a server with two workers and of its metrics, for which MLflow's has a separate port."""
    port = ReservedPort()
    with request.param(champion.uri, workers=2, METRICS_PORT=str(port.number), TMPDIR=str(tmp_path)) as url:
        yield url, f"{url}/metrics" if request.param is hardened_server else f"http://127.0.0.1:{port.number}/metrics"


def figures_of(url):
    """Each sample that Prometheus reads there, by name and labels."""
    families = text_string_to_metric_families(requests.get(url, timeout=10).text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def ask(url, *bodies):
    """The decisions on these requests, each on its own connection, which either worker may accept."""
    answers = [requests.post(f"{url}/invocations", json=body, timeout=60) for body in bodies]
    return [decision["decision"] for answer in answers for decision in answer.json().get("predictions", ())]


def test_metrics_sum_all_workers_including_killed_ones(watched, champion):
    url, metrics = watched
    good, bad = {"inputs": [GOOD, GOOD]}, {"inputs": [{}]}

    outcomes = ask(url, *[good] * 20, *[bad] * 10)
    before = [figures_of(metrics) for _ in range(5)]  # from whichever worker
    first = workers_of(url)
    kill(first)
    outcomes += ask(url, *[good] * 10, *[bad] * 5)  # the server starts new workers, and the requests wait for them
    after = figures_of(metrics)

    assert len(first) == 2
    assert not {*first} & {*workers_of(url)}
    assert all(figures == before[0] for figures in before)
    for figures, times in ((before[0], 1.0), (after, 1.5)):
        assert figures["credit_scoring_requests_total", "200"] == 20 * times
        assert figures["credit_scoring_requests_total", "400"] == 10 * times
        assert figures["credit_scoring_request_seconds_count",] == 30 * times
        assert figures["credit_scoring_request_seconds_bucket", "+Inf"] == 30 * times
        assert figures["credit_scoring_model_info", f"{champion.model_name}/{champion.version}"] == 1
    assert len(outcomes) == 60
    for decision in set(outcomes):
        assert after["credit_scoring_decisions_total", decision] == outcomes.count(decision)
