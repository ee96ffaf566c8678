"""The decision log's disk is full: the server is not ready, whether or not it has tried to record a decision."""

import time

import pytest
import requests

from testing.forked_servers import hardened_server
from tests.full_disk import fill, free, small_disk
from tests.serving.test_metrics import figures_of

pytestmark = pytest.mark.slow

VALID = 1.1  # seconds; an answer of /ready is as old as that at most


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 8) as disk:
        yield disk


def test_readiness_fails_on_a_full_disk_before_any_decision_does_and_recovers_by_itself(champion, applications, disk):
    def ready() -> tuple[int, bool, float]:
        time.sleep(VALID)
        answer = requests.get(f"{server}/ready", timeout=60)
        gauge = figures_of(f"{server}/metrics")["credit_scoring_ready",]
        return answer.status_code, answer.json()["stores"]["decision_log"], gauge

    def decide() -> int:
        return requests.post(f"{server}/invocations", json={"inputs": applications[:1]}, timeout=60).status_code

    with hardened_server(champion.uri, DECISION_LOG_URI=f"sqlite:///{disk / 'log.db'}") as server:
        assert (decide(), ready()) == (200, (200, True, 1))

        fill(disk)
        full = ready()
        refused = decide()
        free(disk, 2)
        after = ready()
        decided = decide()

    assert full == (503, False, 0)
    assert refused == 503
    assert (after, decided) == ((200, True, 1), 200)
