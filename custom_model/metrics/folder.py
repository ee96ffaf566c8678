"""The folder in which the workers of one server share their numbers."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from custom_model.metrics.counters import FOLDER


def shared_folder(server: int) -> Path:
    """The folder of the server with this process id, made where it is not there.

    Folders of servers that are gone, and were killed before they could remove them, are removed. Raises
    `ValueError` where another user has taken the name.
    """
    ours = f"credit-scoring-workers-{os.getuid()}-"
    root = Path(tempfile.gettempdir())
    for folder in root.glob(f"{ours}*"):
        owner = folder.name.removeprefix(ours)
        if owner.isdecimal() and _is_gone(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    shared = root / f"{ours}{server}"
    shared.mkdir(mode=0o700, exist_ok=True)
    if shared.lstat().st_uid != os.getuid() or shared.is_symlink():
        raise ValueError(f"{shared} is another user's: remove it, or name a folder in {FOLDER}")
    return shared


@contextmanager
def own_folder() -> Iterator[Path]:
    """That of this process, empty at first, for as long as the block."""
    shutil.rmtree(shared_folder(os.getpid()))  # of an earlier process with this id
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
    except PermissionError:  # it is another user's
        return False
    return False
