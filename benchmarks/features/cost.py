"""Time and memory of a function, in a process of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Wall-clock seconds, and the peak of the process's resident memory in GB."""

    seconds: float
    memory: float


def cost_of(work: Callable[..., object], *arguments: object) -> Cost:
    """The cost of a module's function in a new process, without the start of the process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, work, arguments).result()


def _measure(work: Callable[..., object], arguments: tuple[object, ...]) -> Cost:
    start = time.perf_counter()
    work(*arguments)
    seconds = time.perf_counter() - start
    # A process inherits the maximum of getrusage from its parent, and psutil has no peak on Linux.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return Cost(seconds, int(line.split()[1]) / 2**20)
