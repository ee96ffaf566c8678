"""Connections to the log's database, set so that a commit is on the disk when it returns."""

from math import ceil

from sqlalchemy import URL, Engine, create_engine, event


def writing_engine(url: URL, patience: float) -> Engine:
    """For transactions that write: on SQLite they take the lock at their start, and wait for it `patience` seconds.

    JSON columns are given as JSON text.
    """
    return _engine(url, patience, begin="BEGIN IMMEDIATE", json_serializer=str)


def reading_engine(url: URL, patience: float) -> Engine:
    """For transactions that read, beside others that write."""
    return _engine(url, patience, begin="BEGIN")


def _engine(url: URL, patience: float, begin: str, **options: object) -> Engine:
    # hide_parameters: SQLAlchemy would repeat the rows, which are personal data, in its errors.
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": patience}, **options)
        event.listen(engine, "connect", _durable_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
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
