"""Temporary folders of clients' data beside the result: none outlives a killed process for longer than the next one."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

YOUNG = 10.0  # seconds in which a new folder may not be locked yet


@contextmanager
def scratch_folder(folder: Path, name: str) -> Iterator[Path]:
    """A hidden folder `.name-scratch-...` in `folder`, for the block; what killed processes left there is removed.

    A folder is locked as long as its process lives, so that only abandoned ones are removed. The system's temporary
    folder would not do: it may be in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f".{name}-scratch-"
    for each in folder.iterdir():
        if each.name.startswith(prefix) and each.is_dir() and not each.is_symlink():
            _remove_abandoned(each)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as scratch:
        handle = os.open(scratch, os.O_RDONLY)
        with suppress(OSError):  # a network's file system without locks: nothing is removed there
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield Path(scratch)
        finally:
            os.close(handle)


def _remove_abandoned(scratch: Path) -> None:
    with suppress(OSError):  # locked by its process, or removed by another
        handle = os.open(scratch, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(handle).st_mtime > YOUNG:
                shutil.rmtree(scratch, ignore_errors=True)
        finally:
            os.close(handle)
