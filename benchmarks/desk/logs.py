"""Decision logs of a year: in SQLite, and the same in PostgreSQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import Table, make_url
from tqdm import tqdm

from benchmarks.replay.recorded_log import write_log
from benchmarks.serving.subject import Subject
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import contracts, decisions
from custom_model.origin import Origin

YEAR = 365 * 24 * 3600  # seconds
TIME = "decided_at"


def sqlite_log(subject: Subject, origin: Origin, folder: Path, size: int) -> str:
    """The URL of a new log in SQLite with `size` decisions over a year."""
    file = folder / f"decisions-{size}.db"
    write_log(subject, origin, file, size, YEAR / size)
    return f"sqlite:///{file}"


def postgresql_log(log: str, database: str) -> str:
    """The URL of a copy of a log of SQLite in an empty database of PostgreSQL, as after its own vacuum."""
    url = make_url(database).set(drivername="postgresql+psycopg")
    Records.migrate(url)
    with (
        closing(sqlite3.connect(make_url(log).database or "")) as source,
        psycopg.connect(database, autocommit=True) as target,
    ):
        for table in (contracts, decisions):
            _copy(source, target, table)
        target.execute("VACUUM ANALYZE decisions")
    return url.render_as_string(hide_password=False)


def _copy(source: sqlite3.Connection, target: psycopg.Connection, table: Table) -> None:
    names = [column.name for column in table.c]  # of the schema
    (size,) = source.execute(f"SELECT count(*) FROM {table.name}").fetchone()
    with target.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        rows = source.execute(f"SELECT {', '.join(names)} FROM {table.name}")
        for row in tqdm(rows, desc=f"  copying {table.name} to PostgreSQL", total=size, unit=" rows"):
            copy.write_row([f"{value}+00" if name == TIME else value for name, value in zip(names, row, strict=True)])
