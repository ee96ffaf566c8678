"""The stores of the processes that decide: history, and the decision log where decisions go on record."""

import hashlib
import os
from pathlib import Path

from sqlalchemy import URL

from custom_model.databases import dialect_of, read_url
from custom_model.environment import SCORING_THREADS, Environment
from custom_model.errors import Unavailable
from custom_model.history.store import HistoryStore
from steps.run.console import UserError

LOG, HISTORY = "DECISION_LOG_URI", "HISTORY_STORE_URI"
OF_LOG = "DECISION_LOG"  # begins the names of the log's variables


def stores_of(record: bool) -> dict[str, str]:
    """The variables of a deciding process: of the decision log only where decisions go on record.

    A file's path is absolute: these processes work in another folder than this one. Raise `UserError` for a variable
    that cannot be understood, and where decisions go on record and there is no log.
    """
    variables = {
        name: os.environ[name]
        for name in Environment.variables() - {SCORING_THREADS}  # which is one thread in each process
        if os.environ.get(name, "").strip() and (record or not name.startswith(OF_LOG))
    }
    try:
        Environment.read(variables)
    except ValueError as error:
        raise UserError(str(error)) from None
    if record and LOG not in variables:
        raise UserError(f"record: expected {LOG} with the URL of the decision log, found none")
    return {name: _absolute(value) if name in (LOG, HISTORY) else value for name, value in variables.items()}


def digest_of_stores(record: bool) -> str:
    """SHA-256 of where history comes from, of which published set, and of the log: a scoring goes on with the same.

    How long a process waits for a store, and the user who logs in, may change meanwhile. Raise `UserError` where the
    history store is down and required.
    """
    variables = stores_of(record)
    environment = Environment.read(variables)
    parts = [f"{name}={_place(variables[name])}" for name in (LOG, HISTORY) if name in variables]
    if environment.history_store_uri is not None:
        parts.append(environment.history_store_down)
        parts.append(_published(HistoryStore(environment.history_store_uri, environment.history_store_down)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check_shared(record: bool) -> None:
    """Raise `UserError` for a store in an SQLite file, which several machines cannot share."""
    for name, value in stores_of(record).items():
        if name in (LOG, HISTORY) and _file(read_url(value)) is not None:
            raise UserError(f"{name}: expected PostgreSQL, which all of Spark's machines reach, got a file of SQLite")


def _published(store: HistoryStore) -> str:
    try:
        return store.published_version()
    except Unavailable as error:
        if store.is_required:
            cause = error.message.partition(":")[0]
            raise UserError(f"{HISTORY}: {cause}: check that it is there, and has a published set") from None
        return "none"


def _place(value: str) -> str:
    """The URL without its user: what is left, the query too, says which database it is. It is hashed, never shown."""
    return read_url(value)._replace(username=None, password=None).render_as_string(hide_password=False)


def _file(url: URL) -> Path | None:
    return dialect_of(url).file(url)


def _absolute(value: str) -> str:
    url = read_url(value)
    file = _file(url)
    if file is None or file.is_absolute():
        return value
    return url.set(database=str(Path.cwd() / file)).render_as_string(hide_password=False)
