"""Writing decisions: concurrent requests share one transaction, and one wait for the disk."""

import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Self

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from custom_model.contract import Contract
from custom_model.databases import Moved, dialect_of, display_url
from custom_model.decision_log.answers import (
    LIFETIME,
    AlreadyAnswered,
    StoredAnswer,
    answered,
    delete_before,
    find,
    insert_answers,
)
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import migrate
from custom_model.decision_log.orders_on_record import OrdersOnRecord
from custom_model.decision_log.record import Record
from custom_model.decision_log.rehearsal import rehearse
from custom_model.decision_log.schema import decisions
from custom_model.environment import Environment
from custom_model.errors import Unavailable

EXPIRE_EVERY = 600.0  # seconds between two looks for answers that have expired

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """The records of one request, its answer's rows if it has a key, the contract of those by position, and the future
    that completes when they are durable.
    """

    records: list[Record]
    answer: Sequence[Record] = ()
    contract: Contract | None = None
    durable: "Future[None]" = field(default_factory=Future)


class DecisionLog:
    """A `RecordLog` on a database, written by one thread: all that waits is its next transaction (group commit).

    A request should wait at most `wait` seconds for its records; at most about `queue` records wait at a time.
    The thread and its connection start with the first records, in the process that submits them: each of a
    server's workers has its own. Every future of `submit` completes, also of records that arrive during `close`.
    """

    _thread: threading.Thread | None
    _arrived: threading.Condition
    _is_migrated: bool

    def __init__(self, url: URL, wait: float = 5.0, queue: int = 2_000):
        self.url = url
        self.wait = wait
        self.queue = queue
        self._start_over()

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """The log of the environment, None without one."""
        if environment.decision_log_uri is None:
            return None
        return cls(environment.decision_log_uri, environment.decision_log_wait, environment.decision_log_queue)

    def submit(
        self,
        records: list[Record],
        hold: bool = False,
        answer: Sequence[Record] = (),
        contract: Contract | None = None,
    ) -> "Future[None]":
        """See `RecordLog`. Records on hold share a transaction, which costs as much as several rows."""
        if self._process != os.getpid():
            self._start_over()  # after a fork, which copies neither thread nor connection
        entry = _Entry(records, answer, contract)
        with self._arrived:
            if self._rows >= self.queue:
                raise Unavailable("too many records are waiting for the decision log")
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
                thread.start()  # where it cannot, nothing is submitted
                self._thread = thread
            self._entries.append(entry)
            self._rows += len(records)
            if not hold or self._rows >= self.queue:
                self._arrived.notify()
        return entry.durable

    def find_answer(self, key: str) -> StoredAnswer | None:
        """See `RecordLog`."""
        self._migrate_first()
        try:
            return self._find_answer(key)
        except DBAPIError as error:
            if not dialect_of(self.url).is_forbidden(error):
                self._is_migrated = False  # it may be another, empty database now, which nobody else writes to
            raise Unavailable("the decision log cannot be read") from None

    def recorded(self, ids: Sequence[str]) -> set[str]:
        """Those of these decisions that are on record; raises `Unavailable` when the log cannot be read."""
        self._migrate_first()
        try:
            with self._reading.begin() as connection:
                return self._present(connection, ids)
        except DBAPIError:
            raise Unavailable("the decision log cannot be read") from None

    def _present(self, connection: Connection, ids: Sequence[str]) -> set[str]:
        dialect = dialect_of(self.url)
        chosen = text(f"SELECT decision_id FROM decisions WHERE decision_id {dialect.in_values}")
        return set(connection.scalars(chosen, {"values": dialect.values(ids)}))

    def _migrate_first(self) -> None:
        """Create the tables on first use."""
        if not self._is_migrated:
            try:
                self.submit([]).result(self.wait)
            except TimeoutError:
                raise Unavailable("the decision log did not answer in time") from None

    def _find_answer(self, key: str) -> StoredAnswer | None:
        try:
            return self._read_answer(key)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._read_answer(key)  # on a new connection: the database had closed the last one

    def _read_answer(self, key: str) -> StoredAnswer | None:
        with self._reading.begin() as connection:
            return find(connection, key)

    def send(self) -> None:
        """Write the records on hold."""
        with self._arrived:
            self._arrived.notify()

    def close(self) -> None:
        """Write the waiting records, then end the thread and its connection, within `wait` seconds.

        Records submitted later, even meanwhile, start a thread and a connection of their own. After a timeout
        the thread still ends by itself.
        """
        with self._arrived:
            thread = self._thread
            self._closing = thread is not None
            self._arrived.notify()
        if thread is not None:
            thread.join(self.wait)
        self._engine.dispose()
        self._reading.dispose()

    def _start_over(self) -> None:
        self._process = os.getpid()
        self._engine = writing_engine(self.url, self.wait)
        self._reading = dialect_of(self.url).reading_engine(self.url, self.wait)
        self._expire_at = monotonic() + EXPIRE_EVERY
        self._is_migrated = False
        self._orders = OrdersOnRecord()
        self._is_failing = False
        self._lacks_answers = False
        self._entries: deque[_Entry] = deque()
        self._rows = 0
        self._arrived = threading.Condition()
        self._thread = None
        self._closing = False

    def _run(self) -> None:
        is_last = False
        while not is_last:
            entries, is_last = self._take()
            # A cancelled request was answered 503: none of its records is written.
            self._write([entry for entry in entries if entry.durable.set_running_or_notify_cancel()])

    def _take(self) -> tuple[list[_Entry], bool]:
        """All waiting entries, and whether they are the thread's last.

        The thread resigns under the same lock under which it takes its last entries: an entry is either among
        them or finds no thread and starts one.
        """
        with self._arrived:
            while not self._entries and not self._closing:
                self._arrived.wait()
            entries = list(self._entries)
            self._entries.clear()
            self._rows = 0
            is_last = self._closing
            if is_last:
                self._thread = None
                self._closing = False
        return entries, is_last

    def _write(self, entries: list[_Entry]) -> None:
        """Write these entries in one transaction and complete their futures."""
        if not entries:
            return
        try:
            repeated = self._commit(entries)
        except Exception as error:
            self._fail(entries, error)
        else:
            self._log_recovery()
            self._lacks_answers = self._lacks_answers and not any(entry.answer for entry in entries)
            for entry in entries:
                if entry in repeated:
                    entry.durable.set_exception(AlreadyAnswered())
                else:
                    entry.durable.set_result(None)
            self._expire_answers()

    def _fail(self, entries: list[_Entry], error: Exception) -> None:
        """Fail these futures; where one entry is at fault, write the transaction's others without it."""
        is_down = isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError)
        # The role may have rights on the decisions, but not on the answers.
        is_of_answers = isinstance(error, ProgrammingError) and any(entry.answer for entry in entries)
        if len(entries) > 1 and (is_of_answers or not is_down):
            for entry in entries:
                self._write([entry])
        elif isinstance(error, DBAPIError) and is_of_answers and dialect_of(self.url).is_forbidden(error):
            self._log_forbidden_answers()
            entries[0].durable.set_exception(Unavailable("the answer to an Idempotency-Key cannot be stored"))
        elif isinstance(error, DBAPIError) and is_down:
            self._log_failure(error)
            self._is_migrated = False  # it may come back as another, empty database
            self._renew(error)
            for entry in entries:
                entry.durable.set_exception(Unavailable("the decision log cannot be written"))
        elif isinstance(error, IntegrityError) and entries[0].answer:
            entries[0].durable.set_exception(AlreadyAnswered())  # another worker has committed this key meanwhile
        else:
            entries[0].durable.set_exception(error)

    def _renew(self, error: DBAPIError) -> None:
        """Let new connections follow: a session may keep a state that a new one does not have, such as read-only.

        A connection whose file has lost its name ends by itself, once what it has written is safe; see `Place`.
        """
        if not isinstance(error.orig, Moved):
            self._engine.dispose()
        self._reading.dispose()

    def _commit(self, entries: list[_Entry]) -> set[_Entry]:
        """Write these entries in one transaction; return those whose key has an answer already."""
        try:
            return self._insert(entries)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # The database closed the connection, perhaps after the commit: insert only the missing records. It may be
            # a standby now, which lacks the last transactions.
            self._orders.forget()
            return self._insert(entries, is_retry=True)

    def _insert(self, entries: list[_Entry], is_retry: bool = False) -> set[_Entry]:
        if not self._is_migrated:
            migrate(self._engine)
            self._is_migrated = True
            self._orders.forget()
        storable = {entry: self._orders.storable(self._engine, entry.contract, entry.records) for entry in entries}
        is_plain = not is_retry and not any(entry.answer for entry in entries)
        if is_plain and (records := [record for each in storable.values() for record in each]):
            dialect_of(self.url).append(self._engine, decisions, records)
            return set()
        with dialect_of(self.url).transaction(self._engine) as connection:
            repeated = _insert_answers(connection, [entry for entry in entries if entry.answer])
            records = [record for entry in entries if entry not in repeated for record in storable[entry]]
            if is_retry and records:
                present = self._present(connection, [record["decision_id"] for record in records])
                records = [record for record in records if record["decision_id"] not in present]
            if records:
                dialect_of(self.url).insert_rows(connection, decisions, records)
            elif not any(entry.records for entry in entries):
                rehearse(connection)
        return repeated

    def _expire_answers(self) -> None:
        """Delete answers that have expired, now and then and in a transaction of its own: no decision waits for it."""
        if monotonic() < self._expire_at:
            return
        try:
            with self._engine.begin() as connection:
                is_more = delete_before(connection, datetime.now(UTC) - LIFETIME)
        except DBAPIError as error:
            is_more = False
            code = dialect_of(self.url).error_code(error)
            log.warning("%s: answers of over 24 h cannot be deleted (%s)", display_url(self.url), code)
        self._expire_at = monotonic() if is_more else monotonic() + EXPIRE_EVERY

    def _log_failure(self, error: DBAPIError) -> None:
        # Neither the error's text nor its statement: a database may repeat the row in them.
        if not self._is_failing:
            code = dialect_of(self.url).error_code(error)
            log.error(
                "decisions are withheld: %s cannot be written (%s)", display_url(self.url), code or type(error).__name__
            )
        self._is_failing = True

    def _log_forbidden_answers(self) -> None:
        if not self._lacks_answers:
            log.error(
                "requests with an Idempotency-Key are withheld: the role of %s lacks rights on idempotent_answers; all "
                "others are decided",
                display_url(self.url),
            )
        self._lacks_answers = True

    def _log_recovery(self) -> None:
        if self._is_failing:
            log.warning("decisions are returned again: %s can be written", display_url(self.url))
        self._is_failing = False


def _insert_answers(connection: Connection, entries: list[_Entry]) -> set[_Entry]:
    """Insert the answers of these entries; return the entries whose key has one already, here or in the database."""
    if not entries:
        return set()
    taken = answered(connection, {entry.answer[0]["key"] for entry in entries})
    repeated, rows = set[_Entry](), list[Record]()
    for entry in entries:
        key = entry.answer[0]["key"]
        if key in taken:
            repeated.add(entry)
        else:
            taken.add(key)
            rows += entry.answer
    if rows:
        insert_answers(connection, rows)
    return repeated
