"""A decision log of any size: real decisions by a real service, each many times, with ids and times of their own."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url
from tqdm import tqdm

from benchmarks.serving.subject import Subject
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.schema import decisions
from custom_model.origin import Origin
from custom_model.service import DecisionService

DISTINCT = 2_000  # applications decided by the service
AT_ONCE = 100
PATIENCE = 120.0  # seconds; a busy machine is slow, and nobody waits for an answer
START = "2026-01-01"  # of the copies


def write_log(subject: Subject, origin: Origin, file: Path, size: int, every: float = 1.0) -> None:
    """Put `size` decisions with all fields on record in a new SQLite log, one every so many seconds."""
    log = DecisionLog(make_url(f"sqlite:///{file}"), wait=PATIENCE)
    with closing(DecisionService(subject.decider, origin, log=log)) as service:
        rows = subject.applications(min(size, DISTINCT))
        for first in range(0, len(rows), AT_ONCE):
            service.decide(rows[first : first + AT_ONCE])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        _copy(connection, size, every)


def _copy(connection: sqlite3.Connection, size: int, every: float) -> None:
    names = [column.name for column in decisions.c if column.name not in ("decision_id", "decided_at")]
    statement = (
        f"INSERT INTO decisions (decision_id, decided_at, {', '.join(names)}) "
        # Ids that sort by time, as those of version 7 do: others would be written all over their index.
        f"SELECT printf('%08x-%04x-7000-8000-%012x', ?, rowid, rowid), "
        "strftime('%Y-%m-%d %H:%M:%f', ?, '+' || ? || ' seconds') || '000', "
        f"{', '.join(names)} FROM decisions ORDER BY rowid LIMIT ?"
    )
    (present,) = connection.execute("SELECT count(*) FROM decisions").fetchone()
    with tqdm(desc="  recording", total=size, initial=present, unit=" decisions") as bar:
        while present < size:
            count = min(DISTINCT, size - present)
            with connection:
                connection.execute(statement, (present, START, present * every, count))
            present += count
            bar.update(count)
