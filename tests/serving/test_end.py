"""The end of a server: every decision is answered and on record, and nothing is left behind."""

import os
import signal

import pytest
import requests
from sqlalchemy import create_engine, select

from custom_model.decision_log.schema import decisions
from testing.forked_servers import hardened_server, stock_server
from testing.processes import assert_ended, kill, processes_of, supervisor_of, workers_of
from tests.serving.test_kill import Load

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("serve", [stock_server, hardened_server])
def test_a_server_that_ends_under_load_answers_all_that_it_records_and_records_all_that_it_answers(
    serve, champion, applications, tmp_path
):
    log = f"sqlite:///{tmp_path / 'log.db'}"
    load = Load(applications, pause=0.0)  # nearly all clients wait for an answer when the server ends
    with serve(champion.uri, workers=2, DECISION_LOG_URI=log) as load.url, load.running():
        for _ in range(4):
            load.wait_for_answers()
        processes = processes_of(load.url)
        handles = [os.pidfd_open(process) for process in processes]
        os.kill(os.getsid(processes[0]), signal.SIGTERM)
        assert_ended(handles)

    with create_engine(log).connect() as connection:
        recorded = connection.scalars(select(decisions.c.decision_id)).all()
    assert len(recorded) >= 100
    assert sorted(recorded) == sorted(decision["decision_id"] for decision in load.received.values())
    assert load.unexpected == []


def test_workers_of_a_killed_supervisor_end_and_the_next_server_removes_their_folder(champion, tmp_path):
    with hardened_server(champion.uri, workers=2, TMPDIR=str(tmp_path)) as url:
        handles = [os.pidfd_open(worker) for worker in workers_of(url)]
        kill([supervisor_of(url)])
        assert_ended(handles)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/ping", timeout=10)

    (abandoned,) = tmp_path.glob("credit-scoring-*")
    with hardened_server(champion.uri, TMPDIR=str(tmp_path)):
        (own,) = tmp_path.glob("credit-scoring-*")
        assert own != abandoned
    assert not [*tmp_path.glob("credit-scoring-*")]
