"""The supervisor with real workers, whose release changes under load: no request fails, whatever starts or dies."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
import requests

from steps.run.settings import PROJECT
from testing.processes import assert_ended, handles_of

pytestmark = pytest.mark.slow

PATIENT = 60.0  # seconds
CONNECTIONS = 8
PAUSE = 0.02  # seconds of a client between two requests
OF_TWO = 4  # processes: two workers, and two of multiprocessing's own
ROLLING = "tests.unit.custom_model.server.following.rolling"


class Server:
    """The server in a process of its own."""

    def __init__(self, process: subprocess.Popen, shared: Path, log: Path):
        self.process, self.shared, self._log = process, shared, log
        port, supervisor = self.line().split()
        self.url, self.supervisor = f"http://127.0.0.1:{port}", psutil.Process(int(supervisor))
        self.failures: list[str] = []
        self.answers = 0

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def serve(self, line: str) -> str:
        """Name a release; return the outcome."""
        self.name(line)
        return self.line()

    def name(self, line: str) -> None:
        print(line, file=self.process.stdin, flush=True)

    def served(self) -> tuple[set[str], set[int]]:
        """The releases that answer on new connections, and the processes."""
        answers = [requests.get(self.url, timeout=PATIENT).text.split() for _ in range(12)]
        return {name for name, _ in answers}, {int(process) for _, process in answers}

    def log(self) -> str:
        return self._log.read_text("utf-8")

    @contextmanager
    def load(self) -> Iterator[None]:
        """Clients that each ask again and again on one connection, and then on the next."""
        over = threading.Event()

        def ask():
            with requests.Session() as session:
                while not over.is_set():
                    try:
                        if session.get(self.url, timeout=PATIENT).status_code != 200:
                            self.failures.append("status")
                        self.answers += 1
                        time.sleep(PAUSE)
                    except requests.RequestException as error:
                        self.failures.append(repr(error))

        clients = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            over.set()
            for client in clients:
                client.join()


@pytest.fixture
def served(prepared, tmp_path) -> Callable[..., AbstractContextManager[Server]]:
    """A server with so many workers: two, where nothing is said."""
    return lambda workers=2: serving(prepared / "python", tmp_path, workers)


@contextmanager
def serving(python: Path, tmp_path: Path, workers: int) -> Iterator[Server]:
    log, shared = tmp_path / "server.log", tmp_path / "shared"
    shared.mkdir()
    command = [python, "-c", f"from {ROLLING} import main; main()", str(shared), str(workers)]
    with (
        log.open("w") as written,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            server = Server(process, shared, log)
            assert server.served()[0] == {"first"}
            yield server
        finally:
            process.terminate()
            try:
                process.wait(PATIENT)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def processes(supervisor: psutil.Process) -> set[int]:
    """The workers, which are forked from one of multiprocessing's own, and these."""
    return {child.pid for child in supervisor.children(recursive=True)}


def wait_for(condition) -> None:
    deadline = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_change_under_load_is_complete_and_no_request_fails(served):
    with served() as server, server.load():
        supervisor = server.supervisor
        descriptors = []
        for change in range(6):
            assert server.serve(f"release-{change}") == f"settled release-{change}"
            wait_for(lambda: len(processes(supervisor)) == OF_TWO)
            descriptors.append(supervisor.num_fds())

        assert server.served()[0] == {"release-5"}
        wait_for(lambda: [each.name for each in server.shared.iterdir()] == ["release-5"])
        assert max(descriptors[3:]) <= max(descriptors[:3])
    assert server.failures == []
    assert server.answers > 100


def test_a_connection_that_pauses_is_not_cut_off_by_a_change(served):
    """It asks every 1.5 s: longer than a server that ends as a whole waits, shorter than an unused one stays open."""
    with served() as server:
        connection, names = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=PATIENT), []
        connection.request("GET", "/")
        server.name("next")
        while names[-1:] != ["next"]:
            names.append(connection.getresponse().read().decode().split()[0])
            time.sleep(1.5)
            connection.request("GET", "/")  # on a new connection only where the last answer said so
        connection.close()

    assert set(names) == {"first", "next"}


def test_a_release_that_cannot_be_loaded_is_refused_at_once_and_the_former_goes_on(served):
    with served() as server, server.load():
        outcome = server.serve("broken fails")

        assert re.fullmatch(r"refused broken its worker \d+ ended with exit status 3", outcome)
        assert server.served()[0] == {"first"}
        wait_for(lambda: [each.name for each in server.shared.iterdir()] == ["first"])
    assert server.failures == []


def test_a_release_whose_workers_die_at_their_start_is_refused_after_three(served):
    with served(workers=1) as server:
        before = server.served()
        outcome = server.serve("broken dies")

        assert re.match(r"refused broken its worker \d+ was ended by SIGKILL", outcome)
        assert server.log().count("another starts after") == 2
        assert server.served() == before


def test_a_release_whose_second_worker_dies_goes_back_in_all_workers(served):
    with served() as server, server.load():
        outcome = server.serve("half once")
        wait_for(lambda: server.served()[0] == {"first"})

        assert re.match(r"refused half its worker \d+ was ended by SIGKILL", outcome)
        assert server.serve("next") == "settled next"
        assert server.served()[0] == {"next"}
    assert server.failures == []


def test_of_two_quick_changes_the_last_one_counts(served):
    with served() as server, server.load():
        server.name("one")
        wait_for(lambda: "one" in server.served()[0])
        outcome = server.serve("two")

        assert outcome == "settled two"
        assert server.served()[0] == {"two"}
        wait_for(lambda: [each.name for each in server.shared.iterdir()] == ["two"])
    assert server.failures == []


def test_a_worker_that_is_killed_in_a_change_is_replaced_and_the_change_completed(served):
    with served() as server:
        old = server.served()[1]
        server.name("next")
        os.kill(max(old), signal.SIGKILL)  # one that the change has not come to
        assert server.line() == "settled next"
        names, new = server.served()
        os.kill(min(new), signal.SIGKILL)
        wait_for(lambda: server.log().count("a new one starts") >= 2)  # one worker may have given all of `new`
        wait_for(lambda: len(processes(server.supervisor)) == OF_TWO)

        assert names == {"next"}
        assert server.served()[0] == {"next"}
        assert server.log().count("a new one starts") == 2


def test_a_new_worker_that_is_killed_before_it_serves_is_started_again_and_the_change_completed(served):
    with served() as server, server.load():
        supervisor = server.supervisor
        before = processes(supervisor)
        server.name("next slow")
        wait_for(lambda: processes(supervisor) - before)
        (new,) = processes(supervisor) - before
        os.kill(new, signal.SIGKILL)

        assert server.line() == "settled next"
        assert server.served()[0] == {"next"}
        assert server.log().count(f"new worker {new} was ended by SIGKILL") == 1
    assert server.failures == []


def test_workers_are_replaced_when_the_process_that_they_were_forked_from_is_killed(served):
    with served() as server:
        before = server.served()[1]
        (origin,) = {psutil.Process(worker).ppid() for worker in before}
        ending = [os.pidfd_open(worker) for worker in before]
        os.kill(origin, signal.SIGKILL)

        assert_ended(ending)
        wait_for(lambda: len(processes(server.supervisor)) == OF_TWO)
        names, after = server.served()
        assert names == {"first"}
        assert not before & after


def test_while_no_worker_can_be_started_the_others_go_on_and_the_dead_one_is_replaced_later(served):
    with served() as server:
        supervisor = server.supervisor
        killed = max(server.served()[1])
        limits = supervisor.rlimit(psutil.RLIMIT_NOFILE)
        supervisor.rlimit(psutil.RLIMIT_NOFILE, (3, limits[1]))  # every new descriptor is one too many
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: "a new worker cannot be started (Too many open files)" in server.log())
        supervisor.send_signal(signal.SIGTTIN)
        wait_for(lambda: "a worker cannot be added (Too many open files)" in server.log())

        assert killed not in server.served()[1]

        supervisor.rlimit(psutil.RLIMIT_NOFILE, limits)
        wait_for(lambda: len(processes(supervisor)) == OF_TWO)
        assert server.serve("next") == "settled next"


def test_sighup_replaces_every_worker_and_no_request_fails(served):
    with served() as server, server.load():
        before = server.served()[1]
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: not before & server.served()[1])

        assert server.served()[0] == {"first"}
    assert server.failures == []
    assert server.log() == ""


def test_workers_are_added_and_retired_by_signals(served):
    with served(workers=1) as server, server.load():
        server.process.send_signal(signal.SIGTTIN)
        wait_for(lambda: len(server.served()[1]) == 2)
        server.process.send_signal(signal.SIGTTOU)
        wait_for(lambda: len(server.served()[1]) == 1)
        server.process.send_signal(signal.SIGTTOU)
        time.sleep(2)

        assert len(server.served()[1]) == 1
    assert server.failures == []


def test_a_server_that_ends_in_a_change_leaves_no_process(served):
    with served() as server:
        server.name("next")
        wait_for(lambda: "next" in server.served()[0])
        ending = handles_of(each.pid for each in server.supervisor.children(recursive=True))
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENT)

        assert_ended(ending)
