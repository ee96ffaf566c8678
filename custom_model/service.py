"""What happens to a request, in order: judged, completed, decided, recorded, answered."""

import asyncio
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property

from custom_model.applications import Applications, judge
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.record import Record, judged_by, records
from custom_model.decisions import Decider, Decision
from custom_model.errors import BadRequest, Unavailable
from custom_model.history.completed import Completed, sources_sent
from custom_model.history.store import HistoryStore
from custom_model.origin import Origin
from custom_model.params import judge_params


@dataclass(frozen=True)
class Pending:
    """Decisions that are made, and withheld until their records are durable.

    Wait for them with `result`, or with `arrived` in an event loop; both raise `Unavailable` where the
    log cannot be written, or not within `wait` seconds.
    """

    decisions: list[Decision]
    durable: "Future[None] | None" = None
    wait: float = 0.0

    def result(self) -> list[Decision]:
        """The decisions, once they are on record."""
        if self.durable is not None:
            try:
                self.durable.result(self.wait)
            except TimeoutError:
                raise self._too_late() from None
        return self._recorded()

    async def arrived(self) -> list[Decision]:
        """The same, without holding the event loop."""
        if self.durable is not None:
            try:
                await asyncio.wait_for(asyncio.wrap_future(self.durable), self.wait)
            except TimeoutError:
                raise self._too_late() from None
        return self._recorded()

    def _too_late(self) -> Unavailable:
        self.durable.cancel()  # what is not being written yet never will be
        return Unavailable("the decision log did not answer in time")

    def _recorded(self) -> list[Decision]:
        for decision in self.decisions if self.durable is not None else ():
            decision["recorded"] = True
        return self.decisions


@dataclass(frozen=True)
class DecisionService:
    """The parts of a served model, in the order in which a request meets them."""

    decider: Decider
    origin: Origin
    history: HistoryStore | None = None
    log: DecisionLog | None = None

    @cached_property
    def model_record(self) -> Record:
        """What every record of this model has in common."""
        return judged_by(self.decider, self.origin)

    def decide(self, sent: object, params: object = None) -> list[Decision]:
        """Decisions about a list of dictionaries or a DataFrame, on record where there is a log.

        Raises `BadRequest` with every problem found, `Unavailable` where history or log cannot be had.
        """
        return self.begin(sent, params).result()

    def begin(self, sent: object, params: object = None, hold: bool = False) -> Pending:
        """Judge, complete and decide, and hand the records to the log without waiting for it.

        On `hold` they may wait there until `send_records`.
        """
        start = time.perf_counter()
        asked, wrong = judge_params(params)
        applications, problems = judge(self.decider.contract, sent)
        if wrong or problems:
            raise BadRequest([*wrong, *problems])
        completed = self._completed(applications)
        applications = replace(applications, values=completed.values)
        decisions = self.decider.decide(applications, asked, completed.sources)
        if self.log is None or not decisions:
            return Pending(decisions)
        milliseconds = 1000 * (time.perf_counter() - start)
        kept = records(
            self.model_record,
            self.decider.contract,
            sent,
            applications,
            decisions,
            completed.version,
            milliseconds,
        )
        return Pending(decisions, self.log.submit(kept, hold), self.log.wait)

    def send_records(self) -> None:
        """Have the log write what it holds."""
        if self.log is not None:
            self.log.send()

    def _completed(self, applications: Applications) -> Completed:
        if self.history is None:
            return Completed(applications.values, sources_sent(self.decider.contract, applications.values))
        return self.history.complete(self.decider.contract, applications)
