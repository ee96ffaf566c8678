"""What a large request frees is for the next one: settings of glibc's malloc for the workers.

By default it returns most of that to the system, and takes it anew page by page: 12,000 pages for a body of 25 MB, a
fifth of the time of its 1,000 applications.
"""

from collections.abc import Mapping

MEGABYTE = 2**20
SETTINGS = {
    "MALLOC_ARENA_MAX": "1",  # one heap for all threads: one thread frees what another took
    # Bytes of a block from which on it is returned at once; glibc takes no larger number.
    "MALLOC_MMAP_THRESHOLD_": str(32 * MEGABYTE),
    # Bytes free at the end of the heap from which on they are returned.
    "MALLOC_TRIM_THRESHOLD_": str(128 * MEGABYTE),
}


def malloc_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables for new processes, but for those that the operator has set."""
    return {name: value for name, value in SETTINGS.items() if name not in environment}
