"""First use by several processes at once: one creates a file or the tables of a database, and the others wait."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from custom_model.databases import dialect_of

PATIENCE = 10.0  # seconds for a database to be reached


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Only one process at a time is in this block for the path; others wait, and say so.

    The lock is on a hidden file next to the path, which the last process removes, and ends with its process. Where no
    such file can be written there is no lock: nothing else can be created there either.
    """
    lock = path.with_name(f".{path.name}.lock")
    handle = _locked(lock, path)
    try:
        yield
    finally:
        if handle is not None:
            lock.unlink(missing_ok=True)  # before the lock ends: whoever waited sees that this file is no longer it
            os.close(handle)


@contextmanager
def one_creator(url: URL, key: int) -> Iterator[None]:
    """Only one process at a time is in this block for the database, if it is on SQLite or PostgreSQL.

    `key` is of an advisory lock on PostgreSQL, which ends with the connection, even if the process is killed. Raises
    SQLAlchemy's error where the server cannot be reached.
    """
    dialect = dialect_of(url)
    file = dialect.file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(file):
            yield
        return
    engine = dialect.writing_engine(url, PATIENCE)
    try:
        with engine.begin() as connection:
            dialect.lock_transaction(connection, key)
            yield
    finally:
        engine.dispose()


def _locked(lock: Path, path: Path) -> int | None:
    """The handle of the locked file, which is still in its place; None where it cannot be written."""
    has_waited = False
    while True:
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not has_waited:
                print(f"  waiting for another process that writes {path} ...", file=sys.stderr, flush=True)
            has_waited = True
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # a network's file system without locks
            os.close(handle)
            return None
        if _is_at(lock, handle):
            return handle
        os.close(handle)


def _is_at(lock: Path, handle: int) -> bool:
    try:
        there, here = lock.stat(), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
