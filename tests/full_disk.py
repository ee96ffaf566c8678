"""A small disk that is full, for the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size in memory, mounted at a new folder; a skip where the user may not mount one."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk for this test takes the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Fill what is left of the disk with a file of others."""
    with (disk / BALLAST).open("ab", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4_096))
        except OSError:
            assert os.statvfs(disk).f_bavail == 0


def free(disk: Path, megabytes: float) -> None:
    """Give this much of it back, where it has that much."""
    file = disk / BALLAST
    os.truncate(file, max(0, file.stat().st_size - int(megabytes * 1e6)))
