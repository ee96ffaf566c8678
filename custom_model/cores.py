"""The cores of the machine that a process may use."""

import os


def available_cores() -> int:
    """How many there are: those of the process's affinity where the system has one."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_of_each(processes: int) -> int:
    """How many each of so many processes has, one at least."""
    return max(1, available_cores() // processes)
