"""Records of a batch's decisions: those that the service would make of each row that is sent alone."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic, sleep

from sqlalchemy.exc import IntegrityError

from custom_model.contract import Contract
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.answers import StoredAnswer
from custom_model.decision_log.record import Record
from custom_model.errors import Unavailable

AT_ONCE = 1_000  # records of a transaction: others that write to an SQLite file wait for its end
PATIENCE, PAUSE = 60.0, 1.0  # seconds for a log that is busy or down, and between two tries


@dataclass
class Collected:
    """A `RecordLog` that keeps the records of rows which the service decides by itself."""

    wait: float = 0.0
    records: list[Record] = field(default_factory=list)

    def submit(
        self,
        records: list[Record],
        hold: bool = False,
        answer: Sequence[Record] = (),
        contract: Contract | None = None,
    ) -> "Future[None]":
        """Keep the records."""
        self.records += records
        durable: Future[None] = Future()
        durable.set_result(None)
        return durable

    def find_answer(self, key: str) -> StoredAnswer | None:
        """None: no request of a batch has a key."""
        return None

    def send(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing waits."""


def write(log: DecisionLog, contract: Contract, records: list[Record], is_repeated: bool) -> None:
    """Return once all records are durable.

    Of a batch that may have been decided before, those that are on record are not written again. A log that is busy or
    down is tried for `PATIENCE` seconds. Raises `Unavailable` where it cannot be read or written then; part of the
    records may be there.
    """
    for first in range(0, len(records), AT_ONCE):
        some, deadline = records[first : first + AT_ONCE], monotonic() + PATIENCE
        may_be_there = is_repeated
        while some:
            try:
                _submit(log, contract, some, may_be_there)
                break
            except (IntegrityError, Unavailable) as error:
                if monotonic() > deadline:
                    if isinstance(error, Unavailable):
                        raise
                    raise Unavailable("the decision log refuses these records") from None  # whose values it may name
                # Another process may have decided the same rows meanwhile: the next try looks for them, at once.
                if may_be_there or isinstance(error, Unavailable):
                    sleep(PAUSE)
            may_be_there = True


def _submit(log: DecisionLog, contract: Contract, records: list[Record], may_be_there: bool) -> None:
    if may_be_there:
        present = log.recorded([record["decision_id"] for record in records])
        records = [record for record in records if record["decision_id"] not in present]
    if not records:
        return
    durable = log.submit(records, contract=contract)
    try:
        durable.result(log.wait)
    except TimeoutError:
        durable.cancel()
        raise Unavailable("the decision log did not answer in time") from None
