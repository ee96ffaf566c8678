"""No decision that a client received is lost or recorded twice, whatever is killed and whenever."""

import itertools
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import requests
from sqlalchemy import URL, create_engine, make_url, select

from custom_model.decision_log.schema import decisions
from steps.tables.home_credit import ID
from testing.forked_servers import hardened_server, stock_server
from testing.processes import processes_of, workers_of
from tests.postgres import postgres_of_the_tests

pytestmark = pytest.mark.slow

CONNECTIONS = 8
PAUSE = 0.012  # seconds of a client between two requests: of eight, some wait for an answer at any moment
BETWEEN = 25  # answers between two faults, at least
PATIENT = 120.0  # seconds; only a server that does not recover takes that long
NOBODY = "http://127.0.0.1:9"
UNREACHABLE = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.exceptions.JSONDecodeError)


class Load:
    """Clients that send requests in a loop, each for a new client id; one that is not patient notes every failure.

    `pause` is between an answer and the next request, in seconds: it leaves the processors to the server.
    """

    def __init__(self, applications: list[dict], identity: str = ID, is_patient: bool = True, pause: float = PAUSE):
        self.applications = applications
        self.identity = identity
        self.is_patient = is_patient
        self.pause = pause
        self.url = NOBODY  # until a server is up
        self.received: dict[str, dict] = {}
        self.unexpected: list[str] = []
        self._clients = itertools.count(1)
        self._answered = threading.Condition()
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def wait_for_answers(self) -> None:
        target = len(self.received) + BETWEEN
        with self._answered:
            assert self._answered.wait_for(lambda: len(self.received) >= target, PATIENT), "no more answers"

    def _ask(self) -> None:
        session = requests.Session()
        while not self._over.is_set():
            client = next(self._clients)
            application = {**self.applications[client % len(self.applications)], self.identity: client}
            try:
                answer = session.post(f"{self.url}/invocations", json={"inputs": [application]}, timeout=PATIENT)
                if answer.status_code == 200:
                    (decision,) = answer.json()["predictions"]
                    with self._answered:
                        self.received[str(client)] = decision
                        self._answered.notify_all()
                    self._over.wait(self.pause)
                    continue
                if answer.status_code != 503 or not self.is_patient:
                    self.unexpected.append(answer.text)
            except UNREACHABLE as error:
                if not self.is_patient:
                    self.unexpected.append(repr(error))
            self._over.wait(0.05)  # the server or the log is down: retry as a client would


def withstand(
    serve: Callable[[], AbstractContextManager[str]],
    applications: list[dict],
    faults: dict[str, int],
    stop_database=None,
    load: Load | None = None,
) -> tuple[Load, int]:
    """Cause these faults at seeded random moments under load; return the load and the number of faults."""
    chance = random.Random(20)
    remaining = [fault for fault, times in faults.items() for _ in range(times)]
    chance.shuffle(remaining)
    load, count = load or Load(applications), 0
    with load.running():
        while remaining:
            with serve() as load.url:
                while remaining:
                    load.wait_for_answers()
                    threading.Event().wait(chance.uniform(0, 0.5))
                    fault = remaining.pop()
                    count += 1
                    if fault == "server":
                        for process in processes_of(load.url):
                            os.kill(process, signal.SIGKILL)
                        break
                    if fault == "worker":
                        os.kill(chance.choice(workers_of(load.url)), signal.SIGKILL)
                    if fault == "database":
                        stop_database()
                else:
                    load.wait_for_answers()
    return load, count


def assert_on_record_once(load: Load, url: URL) -> None:
    """Each decision that a client received is on record, once for each client."""
    with create_engine(url).connect() as connection:
        columns = (decisions.c.client_id, decisions.c.decision_id, decisions.c.probability_of_default)
        rows = connection.execute(select(*columns)).all()
    recorded = {client: (decision, probability) for client, decision, probability in rows}
    assert len(recorded) == len(rows)
    for client, decision in load.received.items():
        assert recorded[client] == (decision["decision_id"], decision["probability_of_default"])
        assert decision["recorded"] is True
    assert load.unexpected == []


def test_no_decision_is_lost_in_sqlite_when_workers_and_servers_are_killed(champion, applications, tmp_path):
    log = f"sqlite:///{tmp_path / 'log.db'}"

    load, count = withstand(
        lambda: hardened_server(champion.uri, workers=2, DECISION_LOG_URI=log),
        applications,
        {"worker": 16, "server": 4},
    )

    assert count == 20
    assert_on_record_once(load, make_url(log))


def test_no_decision_is_lost_in_postgresql_when_workers_servers_and_the_database_are_killed(champion, applications):
    with postgres_of_the_tests() as database:

        def stop_and_start() -> None:
            database.stop()
            database.start()

        load, count = withstand(
            lambda: stock_server(champion.uri, workers=2, DECISION_LOG_URI=database.url),
            applications,
            {"worker": 16, "server": 4, "database": 3},
            stop_and_start,
        )

        assert count == 23
        assert_on_record_once(load, make_url(database.url))
