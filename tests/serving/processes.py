"""Stopping and killing the processes of a running server."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopped(processes: list[int]) -> Iterator[None]:
    """Pause these processes in the block; the others answer all requests."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def kill(processes: list[int]) -> None:
    """Kill these processes and wait until they are gone."""
    handles = [os.pidfd_open(process) for process in processes]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    assert_ended(handles)


def assert_ended(handles: list[int]) -> None:
    """Wait for the processes of these handles of `os.pidfd_open` to end."""
    for handle in handles:
        assert select.select([handle], [], [], 60)[0], "a process is still running"
        os.close(handle)
