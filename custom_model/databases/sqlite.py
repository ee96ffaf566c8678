"""SQLite: a write-ahead log, durable commits, and rows that are appended by one statement."""

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import quote

from sqlalchemy import (
    JSON,
    URL,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Table,
    Text,
    and_,
    create_engine,
    event,
    func,
    text,
    true,
    type_coerce,
)
from sqlalchemy import Dialect as SQLAlchemyDialect
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from custom_model.databases.base import Dialect, ErasurePending
from custom_model.databases.sqlite_lock import (
    BUSY_TIMEOUT,
    PATIENCE,
    execute_with_lock,
    use_no_patience,
    use_own_patience,
)
from custom_model.databases.sqlite_place import Moved, Place, identity, is_remnant

LOCK = "BEGIN IMMEDIATE"
WRITE_AHEAD = "PRAGMA journal_mode = WAL"
ROOM = 2**20  # bytes of a log for a few records
FEW_ROWS = 32  # of one statement at most: the driver keeps one for each number of rows, with the rows it had last
PLACE = "place"  # of a connection, in its pool's entry

Converters = list[tuple[int, Callable[[Any], Any]]]


class SQLite(Dialect):
    """A file. A transaction that writes takes the file's only lock at its start."""

    in_values = "IN (SELECT value FROM json_each(:values))"

    def values(self, elements: Collection[str]) -> object:
        """A JSON array, since SQLite has no array parameters."""
        return json.dumps(list(elements))

    def utc_day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """The first ten letters of a time, which is text, as the index `decisions_watched` has them."""
        return func.substr(type_coerce(moment, Text), text("1"), text("10"))

    def in_days(self, moment: ColumnElement[Any], first: date | None, last: date | None) -> ColumnElement[bool]:
        """By the text: an index of days serves no bounds of moments."""
        day = self.utc_day(moment)
        bounds = [] if first is None else [day >= first.isoformat()]
        bounds += [] if last is None else [day <= last.isoformat()]
        return and_(true(), *bounds)

    def order_of(self, moment: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """The day before the moment in it."""
        return [self.utc_day(moment), moment]

    def file(self, url: URL) -> Path | None:
        """The file of this URL."""
        return Path(url.database or "")

    def error_code(self, error: DBAPIError) -> str | None:
        """The name of SQLite's extended result code: "SQLITE_READONLY"."""
        return getattr(error.orig, "sqlite_errorname", None)

    def is_full(self, error: DBAPIError) -> bool:
        """By the result code; a file at the limit of its size counts, too."""
        return self.error_code(error) == "SQLITE_FULL"

    def make_room(self, engine: Engine) -> None:
        """Let the write-ahead log start anew in the space that it has: a checkpoint of pages the file has already."""
        with engine.connect() as connection, suppress(sqlite3.OperationalError):
            driver = _driver(connection)
            use_own_patience(driver, connection.info)
            driver.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()

    def room_to_write(self, url: URL) -> int | None:
        """What the write-ahead log has, which the file may have to take in, and the pages of a few records."""
        wal = Path(f"{url.database}-wal")
        return ROOM + (wal.stat().st_size if wal.exists() else 0)

    def rehearse(self, connection: Connection, write: Executable, take_back: Executable) -> None:
        """By a row that is deleted: `secure_delete` writes its pages, and those of a savepoint are never written."""
        connection.execute(write)
        connection.execute(take_back)

    def writing_engine(self, url: URL, patience: float, **options: Any) -> Engine:
        """Transactions start with the lock and wait for it `patience` seconds."""
        return _durable_engine(url, patience, _locking_begin, **options)

    def reading_engine(self, url: URL, patience: float) -> Engine:
        """Transactions start without the lock."""
        return _durable_engine(url, patience, lambda connection: connection.exec_driver_sql("BEGIN"))

    def publishing_engine(self, url: URL, patience: float) -> Engine:
        """With a write-ahead log, readers and the writer do not wait for each other."""
        engine = _patient_engine(url, patience)
        event.listen(engine, "connect", lambda driver, entry: _write_ahead(driver, entry.info))
        _watch(engine)
        return engine

    def insert_rows(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """By the driver: SQLAlchemy takes 100 us more to begin, and 8 us more a row."""
        names = (*rows[0],)
        statement, converters = _insertion(table, names, connection.dialect)
        connection.exec_driver_sql(statement, [tuple(_bound(row, names, converters)) for row in rows])

    def append(self, engine: Engine, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """A few rows by one statement, which is a transaction of its own.

        Whenever the driver or a look at a file returns, this thread waits for Python's lock, which the thread that
        decides has: a transaction of many steps takes longer by that than by all its work. Without a write-ahead log
        such a statement would give way to one reader after another; a commit keeps new ones out.
        """
        if len(rows) <= FEW_ROWS:
            with engine.connect() as connection:
                if connection.info[PLACE].is_wal:
                    _append_at_once(connection, table, rows)
                    return
        super().append(engine, table, rows)

    @contextmanager
    def transaction(self, engine: Engine) -> Iterator[Connection]:
        """Raises SQLAlchemy's error also where the file lost its name before the commit had returned."""
        with engine.begin() as connection:
            place = cast(Place, connection.info[PLACE])
            yield connection
        if not place.is_held():
            raise _moved(place)

    def read_only_engine(self, url: URL, connect_within: int, read_within: int) -> Engine:
        """Opens the file read-only; a missing one is not created."""
        path = str(Path(url.database or "").absolute())
        file = f"file:{quote(path)}"
        engine = create_engine(
            url.set(database=file, query={"mode": "ro", "uri": "true"}),
            connect_args={"timeout": connect_within},
            pool_pre_ping=True,
            pool_timeout=connect_within,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", lambda *arguments: arguments[1].info.update({PLACE: identity(path)}))
        event.listen(engine, "checkout", lambda _, entry, __: _reopen_if_replaced(path, entry))
        return engine

    def clear_erased(self, engine: Engine, tables: Sequence[str]) -> None:
        """`secure_delete` overwrites rows in the file; this empties the write-ahead log, which still has them."""
        try:
            with engine.connect() as connection:
                driver = _driver(connection)
                use_own_patience(driver, connection.info)
                (is_blocked, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:  # such as of a full disk
            reason = f"the write-ahead file still has the data ({error})"
            raise ErasurePending(reason, "once its disk can be written") from None
        if is_blocked:
            raise ErasurePending(
                "another process is reading the database, whose write-ahead file still has the data",
                "once that process has ended",
            )


@lru_cache(maxsize=2 * FEW_ROWS)
def _insertion(
    table: Table, names: tuple[str, ...], dialect: SQLAlchemyDialect, rows: int = 1
) -> tuple[str, Converters]:
    """The statement that inserts rows of these columns, and how SQLAlchemy binds a row's values, by their places."""
    marks = ", ".join([f"({', '.join('?' * len(names))})"] * rows)
    types = {place: table.c[name].type.dialect_impl(dialect) for place, name in enumerate(names)}
    converters = {place: kind.bind_processor(dialect) for place, kind in types.items() if not isinstance(kind, JSON)}
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {marks}", [
        (place, convert) for place, convert in converters.items() if convert is not None
    ]


def _bound(row: Mapping[str, Any], names: tuple[str, ...], converters: Converters) -> list[object]:
    """The values of a row as they are bound: JSON is text already, and None is NULL in each column."""
    values = [row[name] for name in names]
    for place, convert in converters:
        if values[place] is not None:
            values[place] = convert(values[place])
    return values


def _append_at_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    driver, info, names = _driver(connection), connection.info, (*rows[0],)
    statement, converters = _insertion(table, names, connection.dialect, len(rows))
    values = [value for row in rows for value in _bound(row, names, converters)]
    _stay(connection)
    use_no_patience(driver, info)
    try:
        execute_with_lock(driver, statement, info[PATIENCE], values)
    except sqlite3.Error as error:
        _stay(connection)
        raise _of_sqlalchemy(error, connection) from None
    _stay(connection)


def _durable_engine(url: URL, patience: float, begin: Callable[[Connection], object], **options: Any) -> Engine:
    engine = _patient_engine(url, patience, **options)
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _find_pages)
    event.listen(engine, "begin", begin)
    _watch(engine)
    return engine


def _patient_engine(url: URL, patience: float, **options: Any) -> Engine:
    """Its connections wait `patience` seconds for another's lock, and know that they do."""
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": patience}, **options)
    event.listen(engine, "connect", lambda _, entry: entry.info.update({PATIENCE: patience, BUSY_TIMEOUT: patience}))
    return engine


def _watch(engine: Engine) -> None:
    """Let transactions begin, and connections end, only in the place where they were opened; see `Place`."""
    database = engine.url.database or ""
    name = None if database.startswith("file:") else str(Path(database).absolute())

    def before(dialect: object, entry: ConnectionPoolEntry, *_: object) -> None:
        if name is not None and is_remnant(os.path.realpath(name)):
            raise Moved("emptied")
        entry.info[PLACE] = None if name is None else identity(name)

    def opened(driver: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        driver.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens the companions
        found, place = entry.info[PLACE], Place.of(driver, name)
        if found not in (None, place.opened.database):  # which of both is open cannot be told
            raise Moved
        entry.info[PLACE] = place

    def closing(driver: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        place = entry.info.get(PLACE)
        if isinstance(place, Place) and not place.is_held():
            use_own_patience(driver, entry.info)
            place.leave(driver)

    event.listen(engine, "do_connect", before)
    event.listen(engine, "connect", opened)
    event.listen(engine, "begin", _stay)
    event.listen(engine, "close", closing)


def _stay(connection: Connection) -> None:
    """Raise SQLAlchemy's error where the connection's file has lost its name."""
    place = cast(Place, connection.info[PLACE])
    if not place.is_held():
        _leave(connection, place)


def _find_pages(connection: Connection) -> None:
    """Before a transaction's begin, which fails in a file without pages: raise SQLAlchemy's error of its place."""
    place = cast(Place, connection.info[PLACE])
    if not place.has_pages():
        _leave(connection, place)


def _leave(connection: Connection, place: Place) -> NoReturn:
    driver = _driver(connection)
    driver.rollback()
    use_own_patience(driver, connection.info)
    if place.leave(driver):
        connection.invalidate()
    raise _moved(place)


def _moved(place: Place) -> OperationalError:
    return OperationalError(None, None, place.moved(), hide_parameters=True)


def _reopen_if_replaced(path: str, entry: ConnectionPoolEntry) -> None:
    """A reader of a file that was removed or replaced goes on with the file of that name."""
    if identity(path) != entry.info.get(PLACE):
        raise DisconnectionError


def _durable(driver: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    driver.isolation_level = None  # keeps the driver from transactions of its own; see the listener of "begin"
    _write_ahead(driver, entry.info)
    for pragma in ("synchronous=FULL", "secure_delete=ON"):
        driver.execute(f"PRAGMA {pragma}")


def _write_ahead(driver: sqlite3.Connection, info: dict[str, Any]) -> None:
    """Use a write-ahead log.

    Of two connections that switch a new file to it at once, SQLite reports one as busy, without waiting.
    """
    use_no_patience(driver, info)
    try:
        execute_with_lock(driver, WRITE_AHEAD, info[PATIENCE])
    finally:
        use_own_patience(driver, info)


def _locking_begin(connection: Connection) -> None:
    """Begin a transaction with the lock; without a write-ahead log its commit waits for readers."""
    driver, info = _driver(connection), connection.info
    use_no_patience(driver, info)
    try:
        execute_with_lock(driver, LOCK, info[PATIENCE])
    except sqlite3.Error as error:
        raise _of_sqlalchemy(error, connection) from None
    finally:
        use_own_patience(driver, info)


def _of_sqlalchemy(error: sqlite3.Error, connection: Connection) -> BaseException:
    """SQLAlchemy's error of the driver's."""
    return DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect)


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
