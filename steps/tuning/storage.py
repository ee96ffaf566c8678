"""Storage of studies: a journal file on this machine, or a database that several machines share."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.engine import URL

from custom_model.databases import display_url, driver_message, has_secret, read_url
from steps.run.console import UserError
from steps.run.first_use import one_creator

DRIVERS = {"postgres": "postgresql"}  # a common spelling that SQLAlchemy does not know
CREATION_LOCK = 20_180_829  # an arbitrary key that no other application of the database should lock
HEARTBEAT, GRACE_PERIOD = 20, 90  # seconds between heartbeats, and without one until a trial fails


def open_storage(location: str) -> BaseStorage:
    """The storage at a database URL, or in a journal file at a path; raise `UserError` where it cannot be opened."""
    if "://" not in location:
        if location.startswith(("postgres:", "postgresql:", "postgresql+")):  # a password is no name of a file
            raise UserError("storage: expected a URL with ://, such as postgresql://user@host/database, got none")
        return _journal(Path(location))
    url = _url(location)
    if url.get_backend_name() == "sqlite":
        raise UserError(
            "storage: expected a journal file, such as data/tuning.journal, or a URL of PostgreSQL, got SQLite, which "
            "parallel trials lock against each other"
        )
    try:
        # Of two on a new PostgreSQL database, one would fail at Optuna's tables.
        with warnings.catch_warnings(), one_creator(url, CREATION_LOCK):
            warnings.simplefilter("ignore", ExperimentalWarning)  # the heartbeat's interface may change
            return RDBStorage(
                url.render_as_string(hide_password=False),
                engine_kwargs={"pool_pre_ping": True},
                heartbeat_interval=HEARTBEAT,
                grace_period=GRACE_PERIOD,
            )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise UserError(f"storage: {masked(location)} cannot be used: {driver_message(error)}") from None


@contextmanager
def storage_failures(location: str) -> Iterator[None]:
    """Turn a failure of the storage in this block, which Optuna wraps, into a `UserError`."""
    try:
        yield
    except StorageInternalError as error:
        cause = error.__cause__
        reason = driver_message(cause if isinstance(cause, Exception) else error)
        raise UserError(
            f"storage: {masked(location)} failed: {reason}. Finished trials are in it: make it reachable and writable, "
            "and the same command continues"
        ) from None


def has_password(location: str) -> bool:
    """Whether the location is a URL with a password."""
    return "://" in location and has_secret(_url(location))


def masked(location: str) -> str:
    """The location without its secrets, for messages and logs."""
    return display_url(_url(location)) if "://" in location else location


def _url(location: str) -> URL:
    try:
        url = read_url(location)
    except ValueError as error:
        raise UserError(f"storage: expected a file's path or the URL of a PostgreSQL database: {error}") from None
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _journal(file: Path) -> JournalStorage:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        backend = JournalFileBackend(str(file))
        _cut_unfinished_line(file)
        return JournalStorage(backend)
    except OSError as error:
        raise UserError(f"storage: {file} cannot be written: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise UserError(f"storage: {file} is not a journal of studies: choose another file") from None


def _cut_unfinished_line(file: Path) -> None:
    """Cut off a last line that a crash left unfinished: further lines would make the journal unreadable."""
    with file.open("rb+") as journal:
        text = journal.read()
        if text.startswith(b'{"op_code"') and not text.endswith(b"\n"):
            journal.truncate(text.rfind(b"\n") + 1)
            os.fsync(journal.fileno())
