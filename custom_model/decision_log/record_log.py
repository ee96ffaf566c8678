"""The interface of a decision log, independent of its storage."""

from concurrent.futures import Future
from typing import Protocol

from custom_model.decision_log.record import Record


class RecordLog(Protocol):
    """Makes records durable. `DecisionLog` is the implementation on a database."""

    @property
    def wait(self) -> float:
        """Seconds that a request waits for its records at most."""

    def submit(self, records: list[Record], hold: bool = False) -> "Future[None]":
        """A future that completes when all these records are durable.

        It fails with `Unavailable` when they cannot be written; cancelling it drops records that are not being
        written yet. An empty list is a probe: it completes if the log is writable. Records on `hold` may wait
        for `send`. Raises `Unavailable` when the queue is full.
        """

    def send(self) -> None:
        """Write the records on hold."""

    def close(self) -> None:
        """Write the waiting records and release the connections; returns after `wait` seconds at the latest."""
