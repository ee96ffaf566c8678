"""The cores of the machine that a process may use."""

import os
import re
from math import ceil, inf
from pathlib import Path

BOUND = "OMP_NUM_THREADS"
NUMBER = re.compile(r"0*([1-9][0-9]{0,5})")
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container that sees its own control group (Linux, version 2)


def available_cores() -> int:
    """How many there are: those of the process's affinity, or fewer by a container's quota."""
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(min(seen, _cores_of(QUOTA)))


def cores_of_process() -> int:
    """How many this process may use alone: those of OMP_NUM_THREADS, by which Spark and others that start several
    processes bound each, or else all that are available.
    """
    bound = os.environ.get(BOUND, "").partition(",")[0].strip()  # after a comma, for threads within threads
    number = NUMBER.fullmatch(bound)
    return available_cores() if number is None else int(number[1])


def cores_of_each(processes: int) -> int:
    """How many each of so many processes has, one at least."""
    return max(1, available_cores() // processes)


def _cores_of(quota: Path) -> float:
    """The cores whose time a quota allows, rounded up; without one there is no bound."""
    try:
        allowed, period = quota.read_text().split()
        return ceil(int(allowed) / int(period))
    except (OSError, ValueError):  # such as "max"
        return inf
