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
FORKS = "multiprocessing.forkserver"  # of the process that workers are forked from, and of theirs


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
    """The processes that answer requests: MLflow's are new interpreters, the hardened server's are forked."""
    return [pid for pid in processes_of(url) if _is(pid, "spawn_main") or _is_forked(pid)]


def supervisor_of(url: str) -> int:
    """The process that has started the workers, and replaces one that has died."""
    (parent,) = {_parent(worker) for worker in workers_of(url)}
    return _parent(parent) if _is(parent, FORKS) else parent


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


def _is_forked(pid: int) -> bool:
    return _is(pid, FORKS) and _is(_parent(pid), FORKS)


def _is(pid: int, name: str) -> bool:
    return name in " ".join(_command(pid))


def _parent(pid: int) -> int:
    try:
        return psutil.Process(pid).ppid()
    except psutil.NoSuchProcess:  # ended meanwhile
        return 0


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:  # ended meanwhile
        return None
