"""Atomic writes: a file appears whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def atomic_write(out: Path) -> Iterator[Path]:
    """A unique path to write to: its file replaces `out` when the block succeeds, and is removed otherwise.

    Readers see the previous file or the whole new one; of two concurrent writers, the last one wins. The folder is
    created. An `OSError` names `out`, where the system's names no file or the temporary one.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{uuid4().hex}")
    try:
        with naming(out, unfinished):
            yield unfinished
            unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, unfinished: Path | None = None) -> Iterator[None]:
    """An `OSError` in this block names `path`, where the system's names no file or the unfinished one."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename in (None, unfinished and str(unfinished)):
            error.filename, error.filename2 = str(path), None
        raise
