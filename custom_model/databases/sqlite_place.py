"""The place of an SQLite database: whether the files that a connection has open still have their names.

SQLite goes on writing to a file that was removed or replaced: what it commits is lost. It also finds the write-ahead
log by name: whoever opens the new file applies the former one's log to it, which damages it. (SQLite's page "How To
Corrupt An SQLite Database File" has both: a file unlinked or renamed while in use, and one mispaired with a journal.)

A file emptied in place keeps its name, and a write-ahead log without the pages that it builds on. It stays out of use
until another file has its name: a new database in it could meet what is still copied into it.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

log = logging.getLogger(__name__)

Identity = tuple[int, int] | None  # device and inode; None where there is no file


class Moved(sqlite3.OperationalError):
    """The file that is open is no longer the one of its name: what is committed to it may be lost."""

    sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
    sqlite_errorname = "SQLITE_READONLY_DBMOVED"

    def __init__(self, change: str = "removed or replaced"):
        super().__init__(f"the file was {change} while it was open")


class Files(NamedTuple):
    """The database's file by the name in its URL, which may be a link, and its two companions."""

    database: Identity
    wal: Identity
    shm: Identity


def identity(path: str) -> Identity:
    """The file at a path, by device and inode."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_remnant(path: str) -> bool:
    """Whether a file is empty and has a companion: it was emptied, perhaps under connections of other processes.

    A database is on disk, with its first page, before its companions are.
    """
    try:
        return os.stat(path).st_size == 0 and any(os.path.exists(f"{path}{name}") for name in ("-wal", "-shm"))
    except OSError:
        return False


@dataclass
class Place:
    """The files of a connection as they were when it opened them.

    `name` is the absolute path in the URL, `path` the one after all links, next to which SQLite keeps its companions;
    on a file system that cannot share memory there is no write-ahead log, and no companion.
    """

    name: str
    path: str
    is_wal: bool
    wal: str = field(init=False)
    shm: str = field(init=False)
    opened: Files = field(init=False)
    is_emptied: bool = field(init=False, default=False)  # once it was, whatever is written into it later
    _is_logged: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.wal, self.shm = f"{self.path}-wal", f"{self.path}-shm"
        self.opened = self._files()

    @classmethod
    def of(cls, driver: sqlite3.Connection, name: str | None) -> "Place":
        """The place of a new connection, which has read, and thus opened, all three files."""
        path = driver.execute("PRAGMA database_list").fetchone()[2]
        (mode,) = driver.execute("PRAGMA journal_mode").fetchone()
        return cls(path if name is None else name, path, mode == "wal")

    def is_held(self) -> bool:
        """Whether all files still have their names, and the first its pages, as `has_pages` tells: about 4 us."""
        try:
            status = os.stat(self.name)
        except OSError:
            return False
        if (status.st_dev, status.st_ino) != self.opened.database:
            return False
        if not self.is_wal:
            return not self.is_emptied
        self.is_emptied = self.is_emptied or status.st_size == 0
        is_named = identity(self.wal) == self.opened.wal and identity(self.shm) == self.opened.shm
        return is_named and None not in self.opened and not self.is_emptied

    def moved(self) -> Moved:
        """The error of a place that is not held."""
        return Moved("emptied") if self.is_emptied else Moved()

    def leave(self, driver: sqlite3.Connection) -> bool:
        """Prepare the connection's end, its files having lost their names; return whether it may be closed now.

        The write-ahead log's records go to the file that is open, so that one that was only renamed is complete (unless
        another reads it for longer than the driver waits), and one whose log alone was removed loses nothing. Then a
        log that a new file would take for its own is removed.
        To a file that was emptied nothing goes: its log, which SQLite deletes where it finds the two so, is emptied
        too, since the connection's end would write it into the file.
        """
        self._log()
        if not self.is_wal:
            return True
        try:
            return self._leave(driver)
        except OSError:  # a log that cannot be removed is one that the new file must not be opened with
            return False

    def _leave(self, driver: sqlite3.Connection) -> bool:
        with _locked(os.path.dirname(self.path)):
            now = self._files()
            is_here = identity(self.path) == self.opened.database
            if self.is_emptied and now.wal is not None and now.wal == self.opened.wal:
                os.truncate(self.wal, 0)
            if self.is_emptied and is_here:
                return False
            if now.wal in (None, self.opened.wal) and not self.is_emptied:
                is_complete = _checkpoint(driver)
                if is_here and not is_complete:
                    return False
            if not is_here:
                _unlink(self.wal, self.opened.wal)
                _unlink(self.shm, self.opened.shm)
        return True

    def _files(self) -> Files:
        if not self.is_wal:
            return Files(identity(self.name), None, None)
        return Files(identity(self.name), identity(self.wal), identity(self.shm))

    def has_pages(self) -> bool:
        """Whether the file was never seen empty; without a write-ahead log SQLite itself begins anew in one that is."""
        if self.is_wal and not self.is_emptied:
            try:
                status = os.stat(self.path)
            except OSError:  # removed
                return True
            is_here = (status.st_dev, status.st_ino) == self.opened.database
            self.is_emptied = is_here and status.st_size == 0
        return not self.is_emptied

    def _log(self) -> None:
        if not self._is_logged and self.is_emptied:
            log.error(
                "%s was emptied while it was open: nothing is recorded until it is removed, with its -wal and -shm, or "
                "another file is renamed to it",
                self.name,
            )
        elif not self._is_logged:
            log.error(
                "%s was removed or replaced while it was open, or its -wal or -shm was: what was recorded before is in "
                "the former file, and what follows goes to the file of this name",
                self.name,
            )
        self._is_logged = True


def _unlink(path: str, opened: Identity) -> None:
    """Remove a companion that still is the former file's."""
    if opened is not None and identity(path) == opened:
        os.unlink(path)


def _checkpoint(driver: sqlite3.Connection) -> bool:
    """Move the write-ahead log's records to the open file; return whether all of them are there."""
    try:
        (is_blocked, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:  # such as a full disk
        return False
    return not is_blocked


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Of several processes that leave a file, one at a time compares and removes its companions."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # the folder is gone, too
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
