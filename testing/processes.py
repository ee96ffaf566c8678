"""The processes of a running server: found by its port, paused, killed, awaited."""

import os
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

import psutil

from steps.run.console import UserError

END_TIMEOUT = 60  # seconds


def processes_of(url: str) -> list[int]:
    """All processes of the server, which has a session of its own; raises `UserError` if no process has its port."""
    return _session_of(supervisor_of(url))


def workers_of(url: str) -> list[int]:
    """The processes that answer requests: the supervisor's own, or of one that it has them forked by."""
    listening = _listening(url)
    supervisor = _first(listening)
    parents = {pid: _parent(pid) for pid in _session_of(supervisor)}
    own = {pid for pid, parent in parents.items() if parent == supervisor}
    return [pid for pid, parent in parents.items() if parent in own or pid in own & listening]


def supervisor_of(url: str) -> int:
    """The process that has started the workers, and replaces one that has died."""
    return _first(_listening(url))


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
    handles = handles_of(processes)
    for process in processes:
        os.kill(process, signal.SIGKILL)
    assert_ended(handles)


def handles_of(processes: Iterable[int]) -> list[int]:
    """Handles for `assert_ended`, but of those that have ended already."""
    handles = []
    for process in processes:
        with suppress(ProcessLookupError):
            handles.append(os.pidfd_open(process))
    return handles


def assert_ended(handles: Iterable[int]) -> None:
    """Wait for the end of the processes behind these handles of `os.pidfd_open`, and close the handles."""
    for handle in handles:
        assert select.select([handle], [], [], END_TIMEOUT)[0], f"a process still runs after {END_TIMEOUT} s"
        os.close(handle)


def _listening(url: str) -> set[int]:
    port = int(url.rsplit(":", 1)[1])
    found = next((each.pid for each in psutil.net_connections("tcp") if each.pid and _is_open(each, port)), None)
    if found is None:
        raise UserError(f"expected a process that listens on port {port}, found none: the server has ended")
    return {pid for pid in _session_of(found) if any(_is_open(each, port) for each in _connections(pid))}


def _is_open(connection: Any, port: int) -> bool:
    return bool(connection.status == psutil.CONN_LISTEN and connection.laddr.port == port)


def _connections(pid: int) -> list[Any]:
    try:
        return psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:  # ended meanwhile
        return []


def _first(listening: set[int]) -> int:
    """The process that has begun first: it has opened the port, and the others have it from there."""
    return min(listening, key=_beginning)


def _beginning(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:  # ended meanwhile
        return inf


def _session_of(pid: int) -> list[int]:
    session = _session(pid)
    return [each for each in psutil.pids() if _session(each) == session]


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
