"""The interface of a decision log, independent of its storage."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from custom_model.contract import Contract
from custom_model.decision_log.answers import StoredAnswer
from custom_model.decision_log.record import Record


class RecordLog(Protocol):
    """Makes records durable. `DecisionLog` is the implementation on a database."""

    @property
    def wait(self) -> float:
        """Seconds that a request waits for its records at most."""

    def submit(
        self,
        records: list[Record],
        hold: bool = False,
        answer: Sequence[Record] = (),
        contract: Contract | None = None,
    ) -> "Future[None]":
        """A future that completes when all these records are durable.

        It fails with `Unavailable` when they cannot be written; cancelling it drops records that are not being
        written yet. An empty list is a probe: it completes if a record of a usual size can be written. Records on
        `hold` may wait for `send`. Rows of an `answer` (see `RequestKey`) become durable together with the records; if
        its key has an answer already, none is written, and the future fails with `AlreadyAnswered`. Records by
        position are of `contract`. Raises `Unavailable` when the queue is full.
        """

    def find_answer(self, key: str) -> StoredAnswer | None:
        """The answer under this key, None without one; raises `Unavailable` when the log cannot be read."""

    def send(self) -> None:
        """Write the records on hold."""

    def close(self) -> None:
        """Write the waiting records and release the connections; returns after `wait` seconds at the latest."""
