"""The supervisor with a real worker, which is busy, stands still, is killed or never starts."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests

from custom_model.server.following.rollout import delay_of
from steps.run.settings import PROJECT

pytestmark = pytest.mark.slow

SUPERVISED = "tests.unit.custom_model.server.supervised"
PATIENT = 60.0  # seconds
SEEN = 2.0  # seconds in which the supervisor has seen that a worker serves


class Supervised:
    """The server in a process of its own, and its log."""

    def __init__(self, process: subprocess.Popen, log: Path):
        port, supervisor = process.stdout.readline().split()
        self.url, self.session, self._log, self.process = f"http://127.0.0.1:{port}", int(supervisor), log, process

    def get(self, path: str) -> str:
        return requests.get(self.url + path, timeout=PATIENT).text

    def break_by(self, path: str) -> None:
        with pytest.raises(requests.ConnectionError):
            self.get(path)

    def log(self, lines: int) -> list[str]:
        """The log, once it has this many lines."""
        deadline = time.monotonic() + PATIENT
        while len(logged := self._log.read_text("utf-8").splitlines()) < lines:
            assert time.monotonic() < deadline, logged
            time.sleep(0.05)
        return logged


@pytest.fixture
def supervised(prepared, tmp_path) -> Callable[..., AbstractContextManager[Supervised]]:
    """A server of one of its apps: `app`, where nothing is said."""
    return lambda app="app": supervising(prepared / "python", tmp_path / "server.log", app)


@contextmanager
def supervising(python: Path, log: Path, app: str) -> Iterator[Supervised]:
    command = [python, "-c", f"from {SUPERVISED} import main; main()", app]
    with (
        log.open("w") as written,
        subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=written, text=True, start_new_session=True
        ) as process,
    ):
        try:
            yield Supervised(process, log)
        finally:
            process.terminate()
            try:
                process.wait(PATIENT)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def test_a_busy_worker_is_waited_for(supervised):
    with supervised() as server:
        before = server.get("/")

        assert server.get("/busy") == before
        assert server.get("/") == before
        assert server.log(0) == []


@pytest.mark.parametrize(
    ("path", "death"),
    [
        ("/still", r"did not answer for \d+ s and did not run: the supervisor killed it"),
        ("/signal/SIGKILL", "was ended by SIGKILL, which is also how Linux ends a process when memory is short"),
        ("/signal/SIGSEGV", "was ended by SIGSEGV"),
        ("/exit", "ended with exit status 9"),
    ],
)
def test_a_death_is_logged_in_one_line_and_the_worker_replaced_at_once(supervised, path, death):
    with supervised() as server:
        before = server.get("/")
        time.sleep(SEEN)
        server.break_by(path)
        after = server.get("/")

        assert after != before
        (logged,) = server.log(1)
        assert re.fullmatch(f"worker {before} {death}; a new one starts now", logged), logged


def test_a_worker_that_dies_at_every_start_is_started_ever_less_often(supervised):
    with supervised(app="dies") as server:
        deaths = server.log(3)

    for death, seconds in zip(deaths, (1, 2, 4), strict=False):
        end = f"ended with exit status 7; a new one starts after {seconds} s, since it died at its start"
        assert re.fullmatch(rf"worker \d+ {end}", death), death


def test_the_delay_grows_to_a_limit_however_often_a_start_fails():
    assert [delay_of(failed) for failed in (0, 1, 2, 3, 5, 6, 100_000)] == [0, 1, 2, 4, 16, 30, 30]


def test_a_server_whose_app_cannot_be_loaded_ends(supervised):
    with supervised(app="no_such_app") as server:
        server.process.wait(PATIENT)

        assert re.fullmatch(r"worker \d+ could not start: the server ends", server.log(2)[-1])


def test_the_end_of_the_server_is_no_death_of_its_workers(supervised):
    for _ in range(5):
        with supervised() as server:
            server.get("/")
            os.killpg(server.session, signal.SIGTERM)
            server.process.wait(PATIENT)

            assert server.log(0) == []


def test_the_server_ends_though_a_worker_stands_still(supervised):
    with supervised() as server:
        worker = int(server.get("/"))
        os.kill(worker, signal.SIGSTOP)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENT)

        assert server.log(1)[-1] == f"worker {worker} did not end in time: the supervisor killed it"
