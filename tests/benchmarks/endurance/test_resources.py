"""Usage of processes: memory, handles and threads are counted while a process has them, and no longer."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.endurance.resources import monitored, usage_of
from steps.run.console import UserError
from testing.processes import assert_ended

# A process of its own: in the tests' own, garbage of other tests gives back handles at any moment.
CHILD = """
import sys, threading
from contextlib import ExitStack

def step(reached):
    print(reached, flush=True)
    sys.stdin.readline()

step("started")
over = threading.Event()
with ExitStack() as stack:
    for number in range(5):
        stack.enter_context(open(f"{sys.argv[1]}/{number}", "w"))
    thread = threading.Thread(target=over.wait)
    thread.start()
    held = bytearray(b"1") * (64 * 2**20)
    step("holds more")
    over.set()
    thread.join()
step("gave back")
"""


class Child:
    """A process that takes one step at a time."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process
        self.pid = process.pid

    def reaches(self, step: str) -> None:
        """Wait until it has taken this step."""
        assert self.process.stdout.readline() == f"{step}\n"

    def goes_on(self) -> None:
        """Let it take the next step."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def child_process(folder: Path) -> Iterator[Child]:
    """A child at its first step."""
    command = [sys.executable, "-c", CHILD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        child = Child(process)
        child.reaches("started")
        try:
            yield child
        finally:
            process.kill()


def test_memory_handles_and_threads_that_are_taken_are_counted(tmp_path):
    with child_process(tmp_path) as child:
        before = usage_of([child.pid])
        child.goes_on()
        child.reaches("holds more")
        during = usage_of([child.pid])
        child.goes_on()
        child.reaches("gave back")
        after = usage_of([child.pid])
    assert during.memory - before.memory == pytest.approx(64, abs=8)
    assert during.handles - before.handles == 5
    assert during.threads - before.threads == 1
    assert after.handles == before.handles


def test_processes_are_counted_together(tmp_path):
    with child_process(tmp_path) as child:
        own = usage_of([child.pid])
        twice = usage_of([child.pid, child.pid])
    assert (twice.handles, twice.threads) == (2 * own.handles, 2 * own.threads)


def test_a_process_that_has_ended_is_an_error():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(UserError, match=f"a process of the server has ended: {ended.pid}"):
        usage_of([ended.pid])


def test_a_process_that_has_ended_is_an_error_before_its_parent_knows_of_it(tmp_path):
    with child_process(tmp_path) as child:
        handle = os.pidfd_open(child.pid)
        child.process.kill()
        assert_ended([handle])
        with pytest.raises(UserError, match=f"a process of the server has ended: {child.pid}"):
            usage_of([child.pid])


@pytest.mark.slow
def test_a_server_is_monitored_until_the_block_ends(server):
    probed = []
    enough = threading.Event()

    def probe() -> None:
        probed.append(1)
        if len(probed) == 3:
            enough.set()

    with monitored(server, 0.01, probe) as usages:
        assert enough.wait(60)

    assert len(usages) == len(probed) >= 3
    assert [usage.at for usage in usages] == sorted(usage.at for usage in usages)
    assert all(usage.memory > 50 and usage.threads > 1 for usage in usages)


@pytest.mark.slow
def test_an_error_of_the_monitor_is_raised_at_the_end(server):
    def probe() -> None:
        raise UserError("not ready")

    with pytest.raises(UserError, match="not ready"), monitored(server, 0.01, probe):
        pass
