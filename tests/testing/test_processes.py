"""The processes of a server: all of its session, and of them its workers and their supervisor."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest

from steps.run.console import UserError
from steps.run.ports import ReservedPort
from testing.processes import assert_ended, kill, processes_of, stopped, supervisor_of, workers_of

SERVER = """
import os, socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
wait = "import sys; sys.stdin.read()"
def started(*words, **options):
    return subprocess.Popen([sys.executable, "-c", *words], stdin=subprocess.PIPE, **options)
own = started(wait, pass_fds=[listener.fileno()])
tracker = started(wait)
forking = os.fork()
if forking == 0:
    forked = started(wait, pass_fds=[listener.fileno()])
    listener.close()
    print(forked.pid, flush=True)
    forked.wait()
print(listener.getsockname()[1], own.pid, tracker.pid, forking, flush=True)
sys.stdin.read()
"""


class Server(NamedTuple):
    """Its URL, and the ids of its processes: those that answer are its own, and forked by another."""

    url: str
    supervisor: int
    workers: list[int]
    others: list[int]


@pytest.fixture
def server() -> Iterator[Server]:
    """A process in a session of its own that starts a worker, and a process that starts another."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        lines = sorted((process.stdout.readline().split() for _ in range(2)), key=len)
        (forked,), (port, own, *others) = ([int(word) for word in line] for line in lines)
        yield Server(f"http://127.0.0.1:{port}", process.pid, [own, forked], others)
        os.killpg(process.pid, signal.SIGKILL)


def test_a_server_is_all_processes_of_its_session(server):
    assert set(processes_of(server.url)) == {server.supervisor, *server.workers, *server.others}


def test_workers_and_their_supervisor_are_told_apart(server):
    assert sorted(workers_of(server.url)) == sorted(server.workers)
    assert supervisor_of(server.url) == server.supervisor


def test_a_server_that_has_ended_is_named_by_its_port():
    port = ReservedPort()  # nothing listens there

    with pytest.raises(UserError, match=f"expected a process that listens on port {port.number}, found none"):
        processes_of(f"http://127.0.0.1:{port.number}")


def test_paused_processes_run_again_after_the_block():
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        with stopped([process.pid]):
            assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        assert os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1])


def test_killed_processes_have_ended_when_the_call_returns(server):
    kill(server.workers)

    alive = {psutil.Process(worker).status() for worker in server.workers if psutil.pid_exists(worker)}
    assert alive <= {psutil.STATUS_ZOMBIE}
    assert psutil.Process(server.supervisor).is_running()


def test_the_end_of_a_process_is_awaited():
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    handle = os.pidfd_open(process.pid)

    process.stdin.close()
    assert_ended([handle])

    assert process.wait(0) == 0
