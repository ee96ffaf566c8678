"""PostgreSQL: durable commits, limits on unresponsive hosts, advisory locks and vacuuming."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Table,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy import Dialect as SQLAlchemyDialect
from sqlalchemy.exc import DBAPIError

from custom_model.databases.base import Dialect
from custom_model.databases.postgresql_vacuum import vacuum

if TYPE_CHECKING:
    import psycopg


class PostgreSQL(Dialect):
    """A server. Parameters of the URL itself take precedence over those set here."""

    in_values = "= ANY(:values)"

    def utc_day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Whatever the session's time zone is."""
        return func.timezone("UTC", moment).cast(Date)

    def error_code(self, error: DBAPIError) -> str | None:
        """The SQLSTATE: "25006" for a read-only transaction; None where the server cannot be reached."""
        return getattr(error.orig, "sqlstate", None)

    def is_forbidden(self, error: DBAPIError) -> bool:
        """By the SQLSTATE insufficient_privilege."""
        return self.error_code(error) == "42501"

    def is_full(self, error: DBAPIError) -> bool:
        """By the SQLSTATE disk_full."""
        return self.error_code(error) == "53100"

    def writing_engine(self, url: URL, patience: float, **options: Any) -> Engine:
        """Commits are on disk, also where the server is configured otherwise."""
        engine = create_engine(url, hide_parameters=True, connect_args=_limits(url, ceil(patience)), **options)
        event.listen(engine, "connect", _durable)
        return engine

    def reading_engine(self, url: URL, patience: float) -> Engine:
        """The same: readers wait for no one."""
        return self.writing_engine(url, patience)

    def read_only_engine(self, url: URL, connect_within: int, read_within: int) -> Engine:
        """Sessions are read-only, and statements end after `read_within` seconds."""
        limits = f"-c default_transaction_read_only=on -c statement_timeout={read_within}s"
        arguments: dict[str, Any] = {"connect_timeout": connect_within, "tcp_user_timeout": 1000 * read_within}
        arguments = _without(url, arguments)
        arguments["options"] = " ".join([*url.normalized_query.get("options", ()), limits])
        return create_engine(
            url,
            connect_args=arguments,
            pool_pre_ping=True,
            pool_timeout=connect_within,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )

    def insert_rows(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """By psycopg where it is the driver, a single row by INSERT, which takes one exchange less than COPY.

        SQLAlchemy takes half as long again for one row, and twice as long for many.
        """
        names = [*rows[0]]
        if connection.dialect.driver != "psycopg":
            super().insert_rows(connection, table, rows)
        elif len(rows) == 1:
            marks = ", ".join(["%s"] * len(names))
            statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
            connection.exec_driver_sql(statement, tuple(rows[0].values()))
        else:
            _copy(connection, table, names, rows)

    def append(self, engine: Engine, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """By one statement, which is a transaction of its own: no exchange for BEGIN, and none for COMMIT."""
        if engine.dialect.driver != "psycopg":  # SQLAlchemy may insert by several statements
            super().append(engine, table, rows)
            return
        with engine.connect() as connection:
            self.insert_rows(connection.execution_options(isolation_level="AUTOCOMMIT"), table, rows)

    def lock_transaction(self, connection: Connection, key: int) -> None:
        """By an advisory lock."""
        connection.execute(select(func.pg_advisory_xact_lock(key)))

    def update_statistics(self, connection: Connection, table: str) -> None:
        """Without statistics, reads of many rows would not use the index."""
        connection.execute(text(f"ANALYZE {table}"))

    def clear_erased(self, engine: Engine, tables: Sequence[str]) -> None:
        """Vacuum the tables, which have old versions of rows until then."""
        with engine.connect() as connection:
            driver = cast("psycopg.Connection", connection.connection.driver_connection)
            driver.autocommit = True
            try:
                vacuum(driver, tables)
            finally:
                driver.autocommit = False


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """By COPY; of its binary form an error shows, and the server logs, no value."""
    dialect, driver = connection.dialect, connection.connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    types = _binary_types(table, (*names,), dialect)
    try:
        with cast("psycopg.Connection", driver).cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row([row[name] for name in names])
    except dialect.loaded_dbapi.Error as error:
        is_lost = dialect.is_disconnect(error, driver, None)
        if is_lost:
            connection.invalidate()
        raise DBAPIError.instance(
            *(None, None, error, dialect.loaded_dbapi.Error),
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        ) from None


@lru_cache(maxsize=16)
def _binary_types(table: Table, names: tuple[str, ...], dialect: SQLAlchemyDialect) -> tuple[str, ...]:
    return tuple(_binary_type(table.c[name], dialect) for name in names)


def _binary_type(column: Column[Any], dialect: SQLAlchemyDialect) -> str:
    """The type whose binary form a column takes: JSON is text already."""
    name = column.type.compile(dialect).lower()
    return "text" if name == "json" else name.partition("(")[0]


def _limits(url: URL, patience: int) -> dict[str, int]:
    """A host that stops answering is given up after `patience` seconds; TCP alone waits for hours."""
    seconds = max(2, patience)
    limits = {"connect_timeout": seconds, "tcp_user_timeout": 1000 * seconds}
    return _without(url, limits | {"keepalives_idle": 10, "keepalives_interval": seconds})


def _without(url: URL, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that the URL does not set itself."""
    return {name: value for name, value in arguments.items() if name not in url.query}


def _durable(connection: "psycopg.Connection", record: object) -> None:
    """Where the server lets commits return before they are on its disk, ask for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()
