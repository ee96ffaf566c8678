"""Decision logs of a year: in SQLite, and the same in PostgreSQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy import make_url
from tqdm import tqdm

from benchmarks.replay.recorded_log import write_log
from benchmarks.serving.subject import Subject
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import decisions
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
    names = [column.name for column in decisions.c]
    with (
        closing(sqlite3.connect(make_url(log).database or "")) as source,
        psycopg.connect(database, autocommit=True) as target,
    ):
        (size,) = source.execute("SELECT count(*) FROM decisions").fetchone()
        with target.cursor().copy(f"COPY decisions ({', '.join(names)}) FROM STDIN") as copy:  # names of the schema
            rows = source.execute(f"SELECT {', '.join(names)} FROM decisions")
            for row in tqdm(rows, desc="  copying to PostgreSQL", total=size, unit=" decisions"):
                copy.write_row(
                    [f"{value}+00" if name == TIME else value for name, value in zip(names, row, strict=True)]
                )
        target.execute("VACUUM ANALYZE decisions")
    return url.render_as_string(hide_password=False)
