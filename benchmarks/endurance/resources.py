"""What a server holds while it runs: memory, handles and threads of all its processes, as Linux counts them."""

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
    """Of all processes together, `at` so many seconds after the first look.

    `memory` in MB, what processes share counted once (PSS); `handles` are open files, sockets and pipes.
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
def watched(url: str, every: float, each_time: Callable[[], object] = lambda: None) -> Iterator[list[Usage]]:
    """What a server holds, looked at `every` so many seconds while the block runs, `each_time` called before.

    What goes wrong meanwhile, as a process that has ended, is raised when the block ends.
    """
    seen: list[Usage] = []
    over = threading.Event()
    processes = processes_of(url)
    start = time.perf_counter()

    def look() -> None:
        while True:
            each_time()
            seen.append(usage_of(processes, time.perf_counter() - start))
            if over.wait(every):
                return

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(look)
        try:
            yield seen
        finally:
            over.set()
        watching.result()
