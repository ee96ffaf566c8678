"""The interface to a database beyond SQLAlchemy."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Table,
    and_,
    create_engine,
    func,
    insert,
    true,
)
from sqlalchemy.exc import DBAPIError


class ErasurePending(Exception):
    """Erased rows are still in a file of the database: who keeps them, and when erasing again clears them."""

    def __init__(self, reason: str, when: str):
        super().__init__(reason)
        self.reason = reason
        self.when = when


class Dialect:
    """A database without special treatment, such as one that MLflow is on; stores are on SQLite or PostgreSQL.

    SQLAlchemy's errors never repeat the statement's parameters, which are personal data.
    """

    # SQL that follows a column and matches any element of the parameter `:values`; None where unsupported.
    in_values: str | None = None

    def values(self, elements: Collection[str]) -> object:
        """The parameter `:values` of `in_values`: all elements in one, however many."""
        return list(elements)

    def utc_day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """The day of a moment that is kept in UTC, as a date or as its text in ISO 8601."""
        return func.date(moment)

    def in_days(self, moment: ColumnElement[Any], first: date | None, last: date | None) -> ColumnElement[bool]:
        """The condition for moments of these days (UTC), both ends included; None: from or to any."""
        bounds = [] if first is None else [moment >= _midnight(first)]
        bounds += [] if last is None else [moment < _midnight(last + timedelta(days=1))]
        return and_(true(), *bounds)

    def order_of(self, moment: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """What to order by, the earliest first, so that the index of days or of moments serves."""
        return [moment]

    def file(self, url: URL) -> Path | None:
        """The database's file, None for a server."""
        return None

    def error_code(self, error: DBAPIError) -> str | None:
        """The database's own code of an error, without the values that its message may repeat; None without one."""
        return None

    def writing_engine(self, url: URL, patience: float, **options: Any) -> Engine:
        """For transactions that write: a commit returns once it is on disk, and waits at most `patience` seconds."""
        return create_engine(url, hide_parameters=True, **options)

    def reading_engine(self, url: URL, patience: float) -> Engine:
        """For transactions that read, concurrently with others that write."""
        return create_engine(url, hide_parameters=True)

    def publishing_engine(self, url: URL, patience: float) -> Engine:
        """For long writes that leave readers unblocked; commits need not be on disk."""
        return create_engine(url, hide_parameters=True)

    def read_only_engine(self, url: URL, connect_within: int, read_within: int) -> Engine:
        """For connections that cannot write, each statement in a transaction of its own; limits in seconds."""
        raise NotImplementedError

    def transaction(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A transaction of a writing engine, on disk once the block has ended without an error."""
        return engine.begin()

    def insert_rows(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with the same columns, whose JSON is text already.

        Other values that a type of `table` converts are converted as by SQLAlchemy.
        """
        connection.execute(insert(table), rows)

    def append(self, engine: Engine, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with the same columns in a transaction of a writing engine: on disk once this returns."""
        with self.transaction(engine) as connection:
            self.insert_rows(connection, table, rows)

    def rehearse(self, connection: Connection, write: Executable, take_back: Executable) -> None:
        """Write, and take it back: an error where writing fails, as on a full disk or without the right to.

        By a savepoint, since a role that writes need not be one that deletes.
        """
        with connection.begin_nested() as savepoint:
            connection.execute(write)
            savepoint.rollback()

    def is_forbidden(self, error: DBAPIError) -> bool:
        """Whether the role lacks a right, where the database tells."""
        return False

    def is_full(self, error: DBAPIError) -> bool:
        """Whether the disk is full, where the database tells."""
        return False

    def make_room(self, engine: Engine) -> None:
        """Make what space the database itself holds on a full disk usable for the next transaction."""

    def room_to_write(self, url: URL) -> int | None:
        """Bytes that a full disk needs before anything can be written or deleted; None where that is unknown."""
        return None

    def lock_transaction(self, connection: Connection, key: int) -> None:
        """Lock out other transactions with this key until the current one ends, where the database can."""

    def update_statistics(self, connection: Connection, table: str) -> None:
        """Tell the query planner of new rows, where it needs that."""

    def clear_erased(self, engine: Engine, tables: Sequence[str]) -> None:
        """Remove erased and deleted rows from the database's files; raises `ErasurePending` if some may be left."""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
