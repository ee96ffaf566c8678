"""Reading the log: find decisions, erase a client's fields, delete old records."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from sqlalchemy import (
    JSON,
    URL,
    ColumnElement,
    Connection,
    Engine,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import DBAPIError

from custom_model.databases import dialect_of
from custom_model.decision_log import answers, looks, second_decisions, totals
from custom_model.decision_log.contracts import APPLICATIONS, OrderLost, texts_with_names, with_names
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import current_revision, migrate
from custom_model.decision_log.schema import contests, decisions, idempotent_answers, overrides, shadow_decisions
from custom_model.decision_log.second_decisions import Answer, SecondDecisions
from custom_model.decision_log.totals import Span, Totals

PATIENCE = 30.0  # seconds to wait for a lock that a server holds briefly
SHRINK = 8
BATCH = 5_000  # rows in memory, and rows that one transaction deletes, so that a server can write in between

Row = dict[str, Any]


def window(since: datetime | None = None, until: datetime | None = None) -> ColumnElement[bool]:
    """The condition for decisions from `since` on and before `until`."""
    bounds = [] if since is None else [decisions.c.decided_at >= since]
    bounds += [] if until is None else [decisions.c.decided_at < until]
    return and_(true(), *bounds)


def of_model(name: str) -> ColumnElement[bool]:
    """The condition for decisions of a registered model, for `Records.pages`.

    By an expression that no index has: for an equality SQLite takes the index of models, and reads and sorts all
    decisions of the model for each page.
    """
    return decisions.c.model_name + "" == name


def not_in_shadow(shadow: str) -> ColumnElement[bool]:
    """The condition for decisions that this shadow has none beside, and whose requests are not erased."""
    own = (shadow_decisions.c.decision_id == decisions.c.decision_id) & (shadow_decisions.c.shadow == shadow)
    return and_(decisions.c.erased_at.is_(None), ~exists().where(own))


@dataclass(frozen=True, slots=True)
class Erasable:
    """What an erasure of a client would delete: fields of decisions, by name, texts of people, answers kept by key."""

    decisions: int
    first: datetime | None
    last: datetime | None
    fields: list[str]
    answers: int
    texts: int = 0
    alternatives: int = 0


class NoLog(Exception):
    """The database can be reached but has no decision log."""


def _present(client_id: str) -> ColumnElement[bool]:
    """The condition for decisions about a client whose fields are not erased."""
    return and_(decisions.c.client_id == client_id, decisions.c.erased_at.is_(None))


class Records:
    """The log's records, to read, erase and delete while servers write."""

    def __init__(self, reading: Engine, writing: Engine):
        self._reading = reading
        self._writing = writing

    @classmethod
    def open(cls, url: URL) -> Self:
        """Open the log at this URL and migrate it if it is older; raises `NoLog` where there is none."""
        records = cls(dialect_of(url).reading_engine(url, PATIENCE), writing_engine(url, PATIENCE))
        with records._reading.connect() as connection:
            if current_revision(connection) is None:
                raise NoLog
        migrate(records._writing)
        return records

    @staticmethod
    def migrate(url: URL) -> tuple[str | None, str | None]:
        """Create the log at this URL, or migrate it; return its revision before, None without one, and now."""
        engine = writing_engine(url, PATIENCE)
        try:
            with engine.connect() as connection:
                before = current_revision(connection)
            migrate(engine)
            with engine.connect() as connection:
                return before, current_revision(connection)
        finally:
            engine.dispose()

    def find(self, decision_id: str) -> Row | None:
        """One decision with all its columns, None if not on record."""
        with self._reading.begin() as connection:
            row = connection.execute(select(decisions).where(decisions.c.decision_id == decision_id)).mappings().first()
            return None if row is None else with_names(connection, [dict(row)])[0]

    def second_decisions(self, ids: Sequence[str]) -> dict[str, SecondDecisions]:
        """The contests of these decisions and people's answers, by their ids; decisions without any are left out."""
        with self._reading.begin() as connection:
            return second_decisions.of_decisions(connection, ids)

    def last_answers(self, where: ColumnElement[bool]) -> dict[str, Answer]:
        """People's last answers to the decisions of the condition, by their ids; decisions without any are left out."""
        with self._reading.begin() as connection:
            return second_decisions.last_answers(connection, where)

    def contest(self, decision_id: str, statement: str, taken_by: str) -> Row:
        """Put a client's contest on record; raises `NotOpen`."""
        with self._transaction() as connection:
            return second_decisions.contest(connection, decision_id, statement, taken_by)

    def override(self, decision_id: str, outcome: Answer, reason: str, evidence: str | None, decided_by: str) -> Row:
        """Put a person's answer to a referred or contested decision on record; raises `NotOpen`."""
        with self._transaction() as connection:
            return second_decisions.override(connection, decision_id, outcome, reason, evidence, decided_by)

    def latest(self, where: ColumnElement[bool], limit: int) -> list[Row]:
        """The newest decisions first, without their fields."""
        columns = [column for column in decisions.c if column not in (decisions.c.fields, decisions.c.history_fields)]
        newest = select(*columns).where(where).order_by(decisions.c.decided_at.desc(), decisions.c.decision_id.desc())
        with self._reading.begin() as connection:
            return [dict(row) for row in connection.execute(newest.limit(limit)).mappings()]

    def count(self, where: ColumnElement[bool], most: int | None = None) -> int:
        """The number of decisions; at most `most`, of which no more are counted."""
        counted = select(decisions.c.decided_at).where(where).limit(most).subquery()
        with self._reading.begin() as connection:
            return connection.execute(select(func.count()).select_from(counted)).scalar_one()

    def model_names(self, where: ColumnElement[bool]) -> list[str]:
        """The registered models that decided, by name."""
        names = select(decisions.c.model_name).where(where).distinct().order_by(decisions.c.model_name)
        with self._reading.begin() as connection:
            return list(connection.scalars(names))

    def totals_by_day(self, span: Span) -> list[Totals]:
        """Totals of the decisions by day, version, source of history and outcome, the earliest day first."""
        with self._reading.begin() as connection:
            return totals.by_day(connection, span)

    def first_and_last_day(self, model_name: str) -> tuple[date, date] | None:
        """The days (UTC) of a model's first and last decision; None without one."""
        with self._reading.begin() as connection:
            return totals.first_and_last_day(connection, model_name)

    def listed(self, span: Span, limit: int, before: str = "") -> Sequence[Row]:
        """Decisions without any data of a client, the newest first; `before` is the last id of the page before."""
        with self._reading.begin() as connection:
            return totals.listed(connection, span, limit, before)

    def oldest_first(self, where: ColumnElement[bool]) -> Iterator[list[Row]]:
        """All decisions of one snapshot, in lists of at most `BATCH`."""
        ordered = select(decisions).where(where).order_by(decisions.c.decided_at, decisions.c.decision_id)
        with self._reading.connect().execution_options(yield_per=BATCH) as connection:
            for rows in connection.execute(ordered).mappings().partitions():
                with self._reading.begin() as beside:
                    named = with_names(beside, [dict(row) for row in rows])
                yield named

    def pages(
        self, names: Sequence[str], where: ColumnElement[bool], size: int, since: datetime | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """These columns of all decisions from `since` on, oldest first, in lists of at most `size`; JSON stays text.

        Each list is read by a transaction of its own: hours of reading hold no snapshot, for which SQLite's write-ahead
        log would grow, and what is recorded meanwhile is read, too.
        """
        key = (decisions.c.decided_at, decisions.c.decision_id)
        columns: list[ColumnElement[Any]] = [decisions.c.contract]
        columns += [
            cast(each, Text) if isinstance(each.type, JSON) else each for each in (decisions.c[name] for name in names)
        ]
        after = window(since)
        while True:
            page = select(*key, *columns).where(where, after).order_by(*key).limit(size)
            with self._reading.begin() as connection:
                rows = connection.execute(page).all()
                found = _with_names(connection, names, rows)
            if rows:
                yield found
            if len(rows) < size:
                return
            time, decision_id = rows[-1][:2]
            # The first bound alone is one that the index of times serves. It takes the place of `since`: of two lower
            # bounds SQLite may start at the earlier one, for each page.
            after = and_(key[0] >= time, or_(key[0] > time, key[1] > decision_id))

    def erasable(self, client_id: str) -> Erasable:
        """What `erase` would delete now."""
        columns = [decisions.c[name] for name in ("decided_at", "contract", "alternatives", *APPLICATIONS)]
        times, names, alternatives = list[datetime](), dict[str, None](), 0  # names in the records' order
        with self._reading.connect().execution_options(yield_per=BATCH) as connection:
            for rows in connection.execute(select(*columns).where(_present(client_id))).mappings().partitions():
                found = [dict(row) for row in rows]
                times += [row["decided_at"] for row in found]
                alternatives += sum(bool(row["alternatives"]) for row in found)  # an empty list where none was found
                names |= dict.fromkeys(self._names_in(found))
        with self._reading.begin() as connection:
            kept = connection.scalar(
                select(func.count(idempotent_answers.c.key.distinct())).where(
                    idempotent_answers.c.client_id == client_id
                )
            )
            texts = sum(
                connection.scalar(
                    select(func.count())
                    .select_from(table)
                    .where(table.c.client_id == client_id, table.c.erased_at.is_(None))
                )
                or 0
                for table in (contests, overrides)
            )
        first, last = min(times, default=None), max(times, default=None)
        return Erasable(len(times), first, last, list(names), kept or 0, texts, alternatives)

    def _names_in(self, rows: list[Row]) -> Iterator[str]:
        """The fields in these rows; those whose order is lost, which an erasure clears as well, in words."""
        by_contract: dict[str, list[Row]] = {}
        for row in rows:
            by_contract.setdefault(row["contract"], []).append(row)
        for of_contract in by_contract.values():
            try:
                with self._reading.begin() as connection:
                    with_names(connection, of_contract)
            except OrderLost as lost:
                yield f"those of contract {lost.digest}, whose names are lost"
        for row in rows:
            for application in (row[name] for name in APPLICATIONS):
                yield from application if isinstance(application, dict) else ()

    def erase(self, client_id: str) -> int:
        """Erase a client's fields, of requests and of the history store; return the number of decisions.

        Decision, numbers and reasons stay; alternatives, what people wrote about the client, and answers kept by
        Idempotency-Key go. Raises `ErasurePending` when the fields are gone for every later read and still in a file of
        the database; erasing again clears it.
        """
        cleared = {"fields": None, "history_fields": None, "alternatives": None, "erased_at": datetime.now(UTC)}
        with self._transaction() as connection:
            second_decisions.lock(connection)
            count = connection.execute(update(decisions).where(_present(client_id)).values(cleared)).rowcount
            second_decisions.erase_of_client(connection, client_id)
            answers.delete_of_client(connection, client_id)
        self._clear_erased()
        return count

    def delete_before(self, moment: datetime) -> Iterator[int]:
        """Delete the decisions before this moment; yields the number deleted by each transaction.

        One that a client contested or a person answered from then on stays, with all that it has.
        On a full disk transactions become smaller until one fits. Answers kept by Idempotency-Key go too, at their age
        at the latest. Raises `ErasurePending` as `erase` does.
        """
        limit, is_least, dialect = BATCH, False, dialect_of(self._writing.url)
        dialect.make_room(self._writing)
        deleted = 1
        while deleted:
            try:
                deleted = self._delete(moment, limit)
            except DBAPIError as error:
                if not dialect.is_full(error) or is_least:
                    raise
                is_least = limit == 1
                limit = max(1, limit // SHRINK)  # a deletion needs space, too, until it is on disk
                dialect.make_room(self._writing)
            else:
                is_least = False
                if deleted:
                    yield deleted
        self._delete_orphans(moment)
        looked = BATCH
        while looked == BATCH:
            with self._transaction() as connection:
                looked = looks.delete_before(connection, moment, BATCH)
        is_more = True
        while is_more:
            with self._transaction() as connection:
                is_more = answers.delete_before(connection, max(moment, datetime.now(UTC) - answers.LIFETIME))
        self._clear_erased()

    def _delete(self, moment: datetime, limit: int) -> int:
        with self._transaction() as connection:
            second_decisions.lock(connection)  # else a contest meanwhile would outlive its decision
            is_old = decisions.c.decided_at < moment, second_decisions.none_since(moment)
            ids = connection.scalars(select(decisions.c.decision_id).where(*is_old).limit(limit)).all()
            second_decisions.delete_of_decisions(connection, ids)
            connection.execute(delete(shadow_decisions).where(shadow_decisions.c.decision_id.in_(ids)))
            connection.execute(delete(decisions).where(decisions.c.decision_id.in_(ids)))
        return len(ids)

    def _delete_orphans(self, moment: datetime) -> None:
        """Delete rows from before this moment whose decision is gone.

        An older version of the project deletes decisions alone, and a shadow may write beside one that is just deleted.
        """
        for table, time in (
            (contests, contests.c.contested_at),
            (overrides, overrides.c.decided_at),
            (shadow_decisions, shadow_decisions.c.decided_at),
        ):
            is_gone = ~exists().where(decisions.c.decision_id == table.c.decision_id)
            orphans, deleted = select(table.c.decision_id).where(time < moment, is_gone).limit(BATCH), BATCH
            while deleted:
                with self._transaction() as connection:
                    ids = connection.scalars(orphans).all()
                    connection.execute(delete(table).where(table.c.decision_id.in_(ids), time < moment))
                deleted = len(ids)

    def add_look(self, person: str, role: str, what: str, decision_id: str | None, client_id: str | None) -> Row:
        """Put on record that a person looked at a client's data."""
        with self._transaction() as connection:
            return looks.add(connection, person, role, what, decision_id, client_id)

    def looks_at_decision(self, decision_id: str, limit: int) -> Sequence[Row]:
        """Who looked at a decision, newest first."""
        with self._reading.begin() as connection:
            return looks.of_decision(connection, decision_id, limit)

    def looks_at_client(self, client_id: str, limit: int) -> Sequence[Row]:
        """Who looked at a client, newest first."""
        with self._reading.begin() as connection:
            return looks.of_client(connection, client_id, limit)

    def newest_shadow(self, shadow: str) -> Row | None:
        """The last decision in this shadow, None without one."""
        own = select(shadow_decisions).where(shadow_decisions.c.shadow == shadow)
        with self._reading.begin() as connection:
            row = connection.execute(own.order_by(shadow_decisions.c.place.desc()).limit(1)).mappings().first()
        return None if row is None else dict(row)

    def add_shadows(self, rows: list[Row]) -> None:
        """Write decisions in the shadow, all or none; raises `IntegrityError` where another process wrote one."""
        with self._transaction() as connection:
            connection.execute(insert(shadow_decisions), rows)

    def close(self) -> None:
        """Close the connections."""
        self._reading.dispose()
        self._writing.dispose()

    def _transaction(self) -> AbstractContextManager[Connection]:
        return dialect_of(self._writing.url).transaction(self._writing)

    def _clear_erased(self) -> None:
        tables = (decisions, contests, overrides, looks.looks, idempotent_answers, shadow_decisions)
        dialect_of(self._writing.url).clear_erased(self._writing, [table.name for table in tables])


def _with_names(connection: Connection, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """A page's columns of these names, its applications as objects; it has time, id and contract before them."""
    if not rows:
        return []
    _, _, digests, *columns = zip(*rows, strict=True)
    found = [
        texts_with_names(connection, digests, column) if name in APPLICATIONS else column
        for name, column in zip(names, columns, strict=True)
    ]
    return [*zip(*found, strict=True)]
