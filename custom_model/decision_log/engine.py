"""Connections to the log's database, set so that a commit is on the disk when it returns."""

import sqlite3
import time
from collections.abc import Callable
from math import ceil

from sqlalchemy import URL, Connection, Engine, create_engine, event

RETRY = 0.0005  # seconds between two tries for SQLite's lock, which a transaction holds for 1 to 2 ms
LOCKED = "BEGIN IMMEDIATE"


def writing_engine(url: URL, patience: float) -> Engine:
    """For transactions that write: on SQLite they take the lock at their start, and wait for it `patience` seconds.

    JSON columns are given as JSON text.
    """
    return _engine(url, patience, begin=_in_turn(patience), json_serializer=str)


def reading_engine(url: URL, patience: float) -> Engine:
    """For transactions that read, beside others that write."""
    return _engine(url, patience, begin=lambda connection: connection.exec_driver_sql("BEGIN"))


def _engine(url: URL, patience: float, begin: Callable[[Connection], object], **options: object) -> Engine:
    # hide_parameters: SQLAlchemy would repeat the rows, which are personal data, in its errors.
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": patience}, **options)
        event.listen(engine, "connect", _durable_sqlite)
        event.listen(engine, "begin", begin)
    elif url.get_backend_name() == "postgresql":
        engine = create_engine(url, hide_parameters=True, connect_args=_limits(url, ceil(patience)), **options)
        event.listen(engine, "connect", _durable_postgresql)
    else:
        engine = create_engine(url, hide_parameters=True, **options)
    return engine


def _limits(url: URL, patience: int) -> dict[str, int]:
    """A host that vanished without a word is given up: by itself TCP would wait for it for hours."""
    seconds = max(2, patience)
    limits = {"connect_timeout": seconds, "tcp_user_timeout": 1000 * seconds}
    limits |= {"keepalives_idle": 10, "keepalives_interval": seconds}
    return {name: limit for name, limit in limits.items() if name not in url.query}


def _in_turn(patience: float) -> Callable[[Connection], None]:
    """Begin a transaction of SQLite with its lock.

    Left to itself SQLite sleeps longer after each try, up to 100 ms, while other processes take the lock in turn:
    of two workers under load one in a hundred decisions waited for so long.
    """

    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        deadline = time.monotonic() + patience
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            while not _has_begun(driver) and time.monotonic() < deadline:
                time.sleep(RETRY)
            if not driver.in_transaction:
                connection.exec_driver_sql(LOCKED)  # what it raises is SQLAlchemy's
        finally:
            driver.execute(f"PRAGMA busy_timeout = {ceil(1000 * patience)}")

    return begin


def _has_begun(driver: sqlite3.Connection) -> bool:
    """Try once; True also where it is no use to try again."""
    try:
        driver.execute(LOCKED)
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY
    return True


def _durable_sqlite(connection: object, record: object) -> None:
    connection.isolation_level = None  # the driver would begin and commit on its own account; see "begin" above
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _durable_postgresql(connection: object, record: object) -> None:
    """Where the server lets commits return before they are on its disk, ask for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()
