"""Writing decisions: requests that come at the same time share one transaction, and one wait for the disk."""

import logging
import os
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import URL, false, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from custom_model.databases import shown
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import migrate
from custom_model.decision_log.record import Record
from custom_model.decision_log.schema import decisions
from custom_model.environment import Environment
from custom_model.errors import Unavailable

# A write of no row: refused where a row would be, as by a database that may only be read.
NO_ROW = insert(decisions).from_select(decisions.c.keys(), select(decisions).where(false()))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The records of one request, and the promise that they will be durable."""

    records: list[Record]
    durable: "Future[None]" = field(default_factory=Future)


class DecisionLog:
    """A log that one thread writes: all that waits goes into the next transaction (group commit).

    `wait` is how long a request should wait for its records, in seconds; at most about `queue` records wait at
    a time. The thread and its connection start with the first records, in the process that sends them:
    a server's workers each have their own.
    """

    def __init__(self, url: URL, wait: float = 5.0, queue: int = 2_000):
        self.url = url
        self.wait = wait
        self.queue = queue
        self._start_over()

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """The log that the environment names, if it names one."""
        if environment.decision_log_uri is None:
            return None
        return cls(environment.decision_log_uri, environment.decision_log_wait, environment.decision_log_queue)

    @property
    def waiting(self) -> int:
        """Records that are not being written yet."""
        return self._rows

    def submit(self, records: list[Record], hold: bool = False) -> "Future[None]":
        """A future that is done when all these records are durable, and raises `Unavailable` where they are not.

        No records ask whether the log can be written at all. Raises `Unavailable` at once where the queue
        is full. Cancelling the future drops records that are not being written yet. Records on `hold` may
        wait for `send`: a transaction costs as much as several rows, so those that come together go together.
        """
        if self._process != os.getpid():
            self._start_over()  # forked: neither the thread nor the connection came along
        entry = _Entry(records)
        with self._arrived:
            if self._rows >= self.queue:
                raise Unavailable("too many records are waiting for the decision log")
            self._entries.append(entry)
            self._rows += len(records)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
                self._thread.start()
            if not hold or self._rows >= self.queue:
                self._arrived.notify()
        return entry.durable

    def send(self) -> None:
        """Write what is on hold now."""
        with self._arrived:
            self._arrived.notify()

    def close(self) -> None:
        """Write what waits, then end the thread and its connection; the next records start them again."""
        with self._arrived:
            thread, self._thread = self._thread, None
            self._closing = True
            self._arrived.notify()
        if thread is not None:
            thread.join()
        self._engine.dispose()
        self._closing = False

    def _start_over(self) -> None:
        self._process = os.getpid()
        self._engine = writing_engine(self.url, self.wait)
        self._migrated = False
        self._failing = False
        self._entries: deque[_Entry] = deque()
        self._rows = 0
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def _run(self) -> None:
        while entries := self._take():
            # A request that gave up while it waited was told so: nothing of it is written.
            self._write([entry for entry in entries if entry.durable.set_running_or_notify_cancel()])

    def _take(self) -> list[_Entry]:
        """All that waits; nothing when the log is closed and nothing waits any more."""
        with self._arrived:
            while not self._entries and not self._closing:
                self._arrived.wait()
            taken = list(self._entries)
            self._entries.clear()
            self._rows = 0
        return taken

    def _write(self, entries: list[_Entry]) -> None:
        """One transaction for these entries, and word to each of them."""
        if not entries:
            return
        try:
            self._commit([record for entry in entries for record in entry.records])
        except Exception as error:
            self._fail(entries, error)
        else:
            self._say_recovered()
            for entry in entries:
                entry.durable.set_result(None)

    def _fail(self, entries: list[_Entry], error: Exception) -> None:
        """Tell why; where a record itself is at fault, the others of the transaction are written without it."""
        if isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError):
            self._say_failing(error)
            self._migrated = False  # what comes back may be another, empty database
            self._engine.dispose()  # a session may keep what is mended in a new one, as that it may only read
            for entry in entries:
                entry.durable.set_exception(Unavailable("the decision log cannot be written"))
        elif len(entries) > 1:
            for entry in entries:
                self._write([entry])
        else:
            entries[0].durable.set_exception(error)

    def _commit(self, records: list[Record]) -> None:
        try:
            self._insert(records)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # The database closed the connection, perhaps after it had committed: the second time, only
            # what is not there is inserted.
            self._insert(records, again=True)

    def _insert(self, records: list[Record], again: bool = False) -> None:
        if not self._migrated:
            migrate(self._engine)
            self._migrated = True
        with self._engine.begin() as connection:
            if again and records:
                ids = [record["decision_id"] for record in records]
                written = select(decisions.c.decision_id).where(decisions.c.decision_id.between(min(ids), max(ids)))
                there = set(connection.scalars(written))
                records = [record for record in records if record["decision_id"] not in there]
            if records:
                connection.execute(insert(decisions), records)
            else:
                connection.execute(NO_ROW)

    def _say_failing(self, error: DBAPIError) -> None:
        # Neither the error's text nor its statement: a database may repeat the row in them.
        if not self._failing:
            code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
            log.error(
                "decisions are withheld: %s cannot be written (%s)", shown(self.url), code or type(error).__name__
            )
        self._failing = True

    def _say_recovered(self) -> None:
        if self._failing:
            log.warning("decisions are made again: %s can be written", shown(self.url))
        self._failing = False
