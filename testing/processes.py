"""The processes of a running server: found by its port, paused, killed, awaited."""

import os
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import psutil

from steps.run.console import UserError

END_TIMEOUT = 60  # seconds


def processes_of(url: str) -> list[int]:
    """All processes of the server, which has a session of its own; raises `UserError` if no process has its port."""
    port = url.rsplit(":", 1)[1]
    commands = {process.pid: process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])}
    server = next((pid for pid, command in commands.items() if _has_port(command, port)), None)
    if server is None:
        raise UserError(f"expected a process with --port {port}, found none: the server has ended")
    session = os.getsid(server)
    return [pid for pid in commands if _session(pid) == session]


def workers_of(url: str) -> list[int]:
    """The processes that uvicorn starts to answer requests."""
    return [pid for pid in processes_of(url) if "spawn_main" in " ".join(_command(pid))]


def supervisor_of(url: str) -> int:
    """The parent of the workers, which replaces one that has died."""
    (parent,) = {psutil.Process(worker).ppid() for worker in workers_of(url)}
    return parent


@contextmanager
def stopped(processes: Iterable[int]) -> Iterator[None]:
    """Pause processes for the block, so that the server's others get its requests."""
    processes = list(processes)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def kill(processes: Iterable[int]) -> None:
    """Kill processes, and return after their end."""
    processes = list(processes)
    handles = [os.pidfd_open(process) for process in processes]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    assert_ended(handles)


def assert_ended(handles: Iterable[int]) -> None:
    """Wait for the end of the processes behind these handles of `os.pidfd_open`, and close the handles."""
    for handle in handles:
        assert select.select([handle], [], [], END_TIMEOUT)[0], f"a process still runs after {END_TIMEOUT} s"
        os.close(handle)


def _has_port(command: list[str], port: str) -> bool:
    return ("--port", port) in pairwise(command)


def _command(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:  # ended meanwhile
        return []


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:  # ended meanwhile
        return None
