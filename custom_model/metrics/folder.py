"""The folder in which a server's workers share their metrics."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from custom_model.metrics.counters import FOLDER


def shared_folder(server: int) -> Path:
    """The folder of the server with this process id, created if missing.

    Also removes the folders of servers that were killed. Raises `ValueError` when another user owns the name.
    """
    prefix = f"credit-scoring-workers-{os.getuid()}-"
    root = Path(tempfile.gettempdir())
    for folder in root.glob(f"{prefix}*"):
        owner = folder.name.removeprefix(prefix)
        if owner.isdecimal() and _is_gone(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    shared = root / f"{prefix}{server}"
    shared.mkdir(mode=0o700, exist_ok=True)
    if shared.lstat().st_uid != os.getuid() or shared.is_symlink():
        raise ValueError(f"{shared} is another user's: remove it, or set {FOLDER} to another folder")
    return shared


@contextmanager
def own_folder() -> Iterator[Path]:
    """This process's folder: empty at first, removed after the block."""
    shutil.rmtree(shared_folder(os.getpid()))  # may be from an earlier process with this id
    folder = shared_folder(os.getpid())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's process
        return False
    return False
