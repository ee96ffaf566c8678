"""The processes of a server: all of its session, and of them its workers and their supervisor."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from steps.run.console import UserError
from testing.processes import assert_ended, kill, processes_of, stopped, supervisor_of, workers_of

PORT = "59999"  # in the command only: nothing listens
SERVER = """
import subprocess, sys
worker = "import sys; sys.stdin.read()"
workers = [subprocess.Popen([sys.executable, "-c", worker, "spawn" + "_main"], stdin=subprocess.PIPE) for _ in range(2)]
print(*(each.pid for each in workers), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[tuple[int, list[int]]]:
    """A process in a session of its own that starts two workers, and the ids of all."""
    command = [sys.executable, "-c", SERVER, "--port", PORT]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        workers = [int(pid) for pid in process.stdout.readline().split()]
        yield process.pid, workers
        os.killpg(process.pid, signal.SIGKILL)


def test_a_server_is_all_processes_of_its_session(server):
    supervisor, workers = server

    assert set(processes_of(f"http://127.0.0.1:{PORT}")) == {supervisor, *workers}


def test_workers_and_their_supervisor_are_told_apart(server):
    supervisor, workers = server

    assert sorted(workers_of(f"http://127.0.0.1:{PORT}")) == sorted(workers)
    assert supervisor_of(f"http://127.0.0.1:{PORT}") == supervisor


def test_a_port_is_matched_whole(server):
    with pytest.raises(UserError, match="expected a process with --port 5999, found none"):
        processes_of("http://127.0.0.1:5999")


def test_paused_processes_run_again_after_the_block():
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        with stopped([process.pid]):
            assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        assert os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1])


def test_killed_processes_have_ended_when_the_call_returns(server):
    supervisor, workers = server

    kill(workers)

    alive = {psutil.Process(worker).status() for worker in workers if psutil.pid_exists(worker)}
    assert alive <= {psutil.STATUS_ZOMBIE}
    assert psutil.Process(supervisor).is_running()


def test_the_end_of_a_process_is_awaited():
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    handle = os.pidfd_open(process.pid)

    process.stdin.close()
    assert_ended([handle])

    assert process.wait(0) == 0
