"""Where studies are kept: a journal file on this machine, or a database that many machines reach."""

import os
import warnings
from pathlib import Path

import sqlalchemy
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.engine import URL, make_url

from custom_model.databases import driver_message
from steps.run.console import UserError

# The driver that is installed; without a name SQLAlchemy would look for psycopg2.
DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
SECRETS = {"password", "sslpassword"}
HEARTBEAT, DEAD_AFTER = 20, 90  # seconds: a machine that has died gives its trial up


def open_storage(place: str) -> BaseStorage:
    """The storage at a database URL, or in a journal file at a path; raise `UserError` where it cannot be reached."""
    if "://" not in place:
        return _journal(Path(place))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # the heartbeat's interface may change
            return RDBStorage(
                _url(place).render_as_string(hide_password=False),
                engine_kwargs={"pool_pre_ping": True},
                heartbeat_interval=HEARTBEAT,
                grace_period=DEAD_AFTER,
            )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise UserError(f"storage: {masked(place)} cannot be used: {driver_message(error)}") from None


def has_password(place: str) -> bool:
    """Whether the place is a URL with a password in it."""
    return "://" in place and masked(place) != _url(place).render_as_string(hide_password=False)


def masked(place: str) -> str:
    """The place without its password, to be shown and logged."""
    if "://" not in place:
        return place
    url = _url(place)
    query = {name: "***" if name in SECRETS else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def _url(place: str) -> URL:
    try:
        url = make_url(place)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise UserError("storage: expected a file's path or a URL such as postgresql://user@host/database") from None
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _journal(file: Path) -> JournalStorage:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        backend = JournalFileBackend(str(file))
        _mend(file)
        return JournalStorage(backend)
    except OSError as error:
        raise UserError(f"storage: {file} cannot be written: {error.strerror}") from None
    except ValueError:
        raise UserError(f"storage: {file} is no journal of studies: give another file") from None


def _mend(file: Path) -> None:
    """Cut off a last line that a crash of the machine left unfinished: nothing could be read after it."""
    with file.open("rb+") as journal:
        text = journal.read()
        if text.startswith(b'{"op_code"') and not text.endswith(b"\n"):
            journal.truncate(text.rfind(b"\n") + 1)
            os.fsync(journal.fileno())
