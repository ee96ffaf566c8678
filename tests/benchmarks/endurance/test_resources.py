"""What a process holds: memory, handles and threads that it takes are seen, and those that it gives back are not."""

import os
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from benchmarks.endurance.resources import usage_of, watched
from steps.run.console import UserError


def test_memory_handles_and_threads_that_are_taken_are_counted(tmp_path):
    before = usage_of([os.getpid()])
    over = threading.Event()
    with ExitStack() as stack:
        for number in range(5):
            stack.enter_context((tmp_path / str(number)).open("w"))
        thread = threading.Thread(target=over.wait)
        thread.start()
        held = bytearray(b"1") * (64 * 2**20)
        during = usage_of([os.getpid()])
        over.set()
        thread.join()
    assert len(held) == 64 * 2**20
    assert during.memory - before.memory == pytest.approx(64, abs=8)
    assert during.handles - before.handles == 5
    assert during.threads - before.threads == 1
    assert usage_of([os.getpid()]).handles == before.handles


def test_processes_are_counted_together():
    own = usage_of([os.getpid()])
    twice = usage_of([os.getpid(), os.getpid()])
    assert (twice.handles, twice.threads) == (2 * own.handles, 2 * own.threads)


def test_a_process_that_has_ended_is_an_error():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(UserError, match=f"a process of the server has ended: {ended.pid}"):
        usage_of([ended.pid])


@pytest.mark.slow
def test_a_server_is_looked_at_until_the_block_ends(server):
    probed = []
    enough = threading.Event()

    def probe() -> None:
        probed.append(1)
        if len(probed) == 3:
            enough.set()

    with watched(server, 0.01, probe) as usages:
        assert enough.wait(60)

    assert len(usages) == len(probed) >= 3
    assert [usage.at for usage in usages] == sorted(usage.at for usage in usages)
    assert all(usage.memory > 50 and usage.threads > 1 for usage in usages)


@pytest.mark.slow
def test_what_goes_wrong_while_it_is_watched_is_raised_at_the_end(server):
    def probe() -> None:
        raise UserError("not ready")

    with pytest.raises(UserError, match="not ready"), watched(server, 0.01, probe):
        pass
