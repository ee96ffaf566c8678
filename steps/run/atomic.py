"""Files that appear whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def atomic_write(out: Path) -> Iterator[Path]:
    """A path to write to, next to `out`; its file replaces `out` when the block succeeds and is removed when it fails.

    Readers see the file before or the whole new one. Every call has a path of its own: of two writers at once
    both succeed, and the file of the last to end stays. The folder is created.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{uuid4().hex}")
    try:
        yield unfinished
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
