"""The decision log's file removed or replaced under a real server, while several connections ask it for decisions."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from testing.forked_servers import hardened_server
from tests.crash import ids_after_crash

pytestmark = pytest.mark.slow

CONNECTIONS = 4
ENOUGH = 60  # decisions of each phase


class Clients:
    """Connections that ask for one decision after another, until the block ends.

    `recorded` has each decision that was answered as recorded, with when its request was sent; `statuses` all others.
    """

    def __init__(self, server: str, application: dict):
        self.recorded: list[tuple[float, str]] = []
        self.statuses: list[int] = []
        self._request = (f"{server}/invocations", {"inputs": [application]})
        self._until = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CONNECTIONS)]

    def _ask(self) -> None:
        url, body = self._request
        with requests.Session() as session:
            while not self._until.is_set():
                sent = time.monotonic()
                answer = session.post(url, json=body, timeout=60)
                if answer.status_code == 200:
                    (decision,) = answer.json()["predictions"]
                    assert decision["recorded"] is True
                    self.recorded.append((sent, decision["decision_id"]))
                else:
                    self.statuses.append(answer.status_code)

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._until.set()
        for thread in self._threads:
            thread.join()

    def wait(self, more: int = ENOUGH) -> None:
        """Return after so many more decisions."""
        deadline, enough = time.monotonic() + 120, len(self.recorded) + more
        while len(self.recorded) < enough:
            assert time.monotonic() < deadline, f"no decisions, but {self.statuses[-5:]}"
            time.sleep(0.01)


def copy_of(file: Path, to: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def remove(file: Path) -> None:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()


def replace(file: Path) -> None:
    file.with_name("backup.db").rename(file)


@pytest.mark.parametrize("change", [remove, replace])
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_answered_as_recorded_after_the_change_is_in_the_file_of_the_name(
    champion, applications, tmp_path, workers, change
):
    file, log = tmp_path / "log.db", tmp_path / "server.log"
    with (
        hardened_server(champion.uri, workers, log, DECISION_LOG_URI=f"sqlite:///{file}") as server,
        Clients(server, applications[0]) as clients,
    ):
        clients.wait()
        copy_of(file, file.with_name("backup.db"))
        kept = {decision for _, decision in list(clients.recorded)}
        clients.wait()

        change(file)
        changed = time.monotonic()
        clients.wait(5 * ENOUGH)
        found = ids_after_crash(file)
        asked = time.monotonic()
        ready = requests.get(f"{server}/ready", timeout=60)

    later = {decision for sent, decision in clients.recorded if changed < sent}
    before_the_copy = {decision for sent, decision in clients.recorded if changed < sent < asked - 1}
    assert len(later) >= 4 * ENOUGH
    assert before_the_copy - found == set()
    assert later - ids_after_crash(file) == set()
    assert set(clients.statuses) <= {503}
    assert ready.status_code == 200
    assert "was removed or replaced while it was open" in log.read_text("utf-8")
    if change is replace:
        assert len(kept & found) >= ENOUGH - CONNECTIONS  # of the backup
    else:
        assert kept & found == set()
