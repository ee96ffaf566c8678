"""Resource usage of a running server: memory, handles and threads of all its processes."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from steps.run.console import UserError
from testing.processes import processes_of


class Usage(NamedTuple):
    """The total of all processes, `at` seconds after the first reading.

    `memory` in MB counts shared pages once (PSS); `handles` are open files, sockets and pipes.
    """

    at: float
    memory: float
    handles: int
    threads: int


def usage_of(processes: Iterable[int], at: float = 0.0) -> Usage:
    """The usage of these processes now; raises `UserError` if one has ended."""
    memory = handles = threads = 0
    for pid in processes:
        try:
            process = psutil.Process(pid)
            memory += process.memory_full_info().pss
            handles += process.num_fds()
            threads += process.num_threads()
            ended = process.status() == psutil.STATUS_ZOMBIE  # psutil reports no memory for it, and no error
        except psutil.NoSuchProcess:
            ended = True
        if ended:
            raise UserError(f"a process of the server has ended: {pid}")
    return Usage(at, memory / 2**20, handles, threads)


@contextmanager
def monitored(url: str, every: float, before_each: Callable[[], object] = lambda: None) -> Iterator[list[Usage]]:
    """The usage of a server, read every `every` seconds while the block runs, after a call of `before_each`.

    An error meanwhile, such as the end of a process, is raised when the block ends.
    """
    usages: list[Usage] = []
    over = threading.Event()
    processes = processes_of(url)
    start = time.perf_counter()

    def monitor() -> None:
        while True:
            before_each()
            usages.append(usage_of(processes, time.perf_counter() - start))
            if over.wait(every):
                return

    with ThreadPoolExecutor(1) as pool:
        monitoring = pool.submit(monitor)
        try:
            yield usages
        finally:
            over.set()
        monitoring.result()
