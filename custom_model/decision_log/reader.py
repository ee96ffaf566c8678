"""Finding decisions again, and what the law asks of those who keep them: erasing fields, deleting old records."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import URL, ColumnElement, Engine, and_, delete, func, select, true, update

from custom_model.decision_log.engine import reading_engine, writing_engine
from custom_model.decision_log.migration import current_revision, migrate
from custom_model.decision_log.schema import decisions

PATIENCE = 30.0  # seconds to wait for a lock that a server holds for a moment
AT_A_TIME = 5_000  # rows in memory, and rows that one transaction deletes: a server writes in between

Row = dict[str, Any]


def window(since: datetime | None = None, until: datetime | None = None) -> ColumnElement[bool]:
    """Decided from `since` on, and before `until`."""
    bounds = [] if since is None else [decisions.c.decided_at >= since]
    bounds += [] if until is None else [decisions.c.decided_at < until]
    return and_(true(), *bounds)


class NoLog(Exception):
    """The database can be reached, and holds no decision log."""


class ErasurePending(Exception):
    """What was erased or deleted is still in the write-ahead file of SQLite, which another process reads."""


class Records:
    """The log for those who read it, erase from it and thin it out; a server may write at the same time."""

    def __init__(self, reading: Engine, writing: Engine):
        self._reading = reading
        self._writing = writing

    @classmethod
    def open(cls, url: URL) -> Self:
        """The log at this URL, migrated where it is of an earlier version; raises `NoLog` where there is none."""
        records = cls(reading_engine(url, PATIENCE), writing_engine(url, PATIENCE))
        with records._reading.connect() as connection:
            if current_revision(connection) is None:
                raise NoLog
        migrate(records._writing)
        return records

    def find(self, decision_id: str) -> Row | None:
        """One decision, with all that is on record about it."""
        with self._reading.begin() as connection:
            row = connection.execute(select(decisions).where(decisions.c.decision_id == decision_id)).mappings().first()
        return None if row is None else dict(row)

    def latest(self, where: ColumnElement[bool], most: int) -> list[Row]:
        """At most so many decisions, the newest first, without their fields."""
        listed = [column for column in decisions.c if column not in (decisions.c.fields, decisions.c.history_fields)]
        newest = select(*listed).where(where).order_by(decisions.c.decided_at.desc(), decisions.c.decision_id.desc())
        with self._reading.begin() as connection:
            return [dict(row) for row in connection.execute(newest.limit(most)).mappings()]

    def count(self, where: ColumnElement[bool]) -> int:
        """How many decisions there are."""
        with self._reading.begin() as connection:
            return connection.scalar(select(func.count()).select_from(decisions).where(where))

    def oldest_first(self, where: ColumnElement[bool]) -> Iterator[list[Row]]:
        """All decisions as of one moment, in lists of at most `AT_A_TIME`."""
        ordered = select(decisions).where(where).order_by(decisions.c.decided_at, decisions.c.decision_id)
        with self._reading.connect().execution_options(yield_per=AT_A_TIME) as connection:
            for rows in connection.execute(ordered).mappings().partitions():
                yield [dict(row) for row in rows]

    def erase(self, client_id: str) -> int:
        """Erase a client's fields, those sent and those of the store; decision, numbers and reasons stay.

        Raises `ErasurePending` where another's read keeps them in a file; erasing again clears it.
        """
        there = and_(decisions.c.client_id == client_id, decisions.c.erased_at.is_(None))
        erased = {"fields": None, "history_fields": None, "erased_at": datetime.now(UTC)}
        with self._writing.begin() as connection:
            count = connection.execute(update(decisions).where(there).values(erased)).rowcount
        self._leave_no_trace()
        return count

    def delete_before(self, moment: datetime) -> Iterator[int]:
        """Delete what was decided before this moment; yields how many each transaction deleted.

        Raises `ErasurePending` as `erase` does.
        """
        old = select(decisions.c.decision_id).where(decisions.c.decided_at < moment).limit(AT_A_TIME)
        while True:
            with self._writing.begin() as connection:
                ids = connection.scalars(old).all()
                connection.execute(delete(decisions).where(decisions.c.decision_id.in_(ids)))
            if not ids:
                break
            yield len(ids)
        self._leave_no_trace()

    def close(self) -> None:
        """End the connections."""
        self._reading.dispose()
        self._writing.dispose()

    def _leave_no_trace(self) -> None:
        """Clear what the database keeps of erased and deleted rows beside its table.

        SQLite overwrites them (`secure_delete`), but its write-ahead log still has them; PostgreSQL keeps
        old versions of rows until they are vacuumed.
        """
        with self._writing.connect() as connection:
            driver = connection.connection.driver_connection
            if self._writing.dialect.name == "sqlite":
                (held_up, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if held_up:
                    raise ErasurePending
            elif self._writing.dialect.name == "postgresql":
                driver.autocommit = True
                driver.execute("VACUUM decisions")
                driver.autocommit = False
