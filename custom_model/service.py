"""The life of a request: validate, complete with history, decide, record, answer."""

import asyncio
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from custom_model.applications import Applications, validate
from custom_model.arrow.applications import Cells, judged
from custom_model.arrow.cells import cells_of_objects
from custom_model.arrow.columns import Columns
from custom_model.arrow.frame_cells import cells_of_frame
from custom_model.contract import Contract
from custom_model.decision_log import RecordLog
from custom_model.decision_log.answers import RequestKey
from custom_model.decision_log.record import Record, model_columns, records, requests_as_json
from custom_model.decisions import Decider, Decision, columns_of, rows_of
from custom_model.errors import BadRequest, Problem, Unavailable
from custom_model.field_order import OneApplication
from custom_model.history.completed import Completed, request_sources, undeclared_history
from custom_model.history.store import HistoryStore
from custom_model.origin import Origin
from custom_model.params import validate_params
from custom_model.ranges import Extremes


@dataclass(frozen=True)
class Pending:
    """Decisions withheld until their records are durable.

    Wait with `result`, or with `result_async` on an event loop; both raise `Unavailable` when the log cannot
    be written within `wait` seconds.
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
                raise self._timeout(self.durable) from None
        return self._recorded()

    async def result_async(self) -> list[Decision]:
        """The same, without blocking the event loop."""
        if self.durable is not None:
            try:
                await _result(self.durable, self.wait)
            except TimeoutError:
                raise self._timeout(self.durable) from None
        return self._recorded()

    @staticmethod
    def _timeout(durable: "Future[None]") -> Unavailable:
        durable.cancel()  # drops records that the log has not begun to write
        return Unavailable("the decision log did not answer in time")

    def _recorded(self) -> list[Decision]:
        for decision in self.decisions if self.durable is not None else ():
            decision["recorded"] = True
        return self.decisions


@dataclass(frozen=True)
class DecisionService:
    """A served model: its decider, and the stores that its operator has configured."""

    decider: Decider
    origin: Origin
    history: HistoryStore | None = None
    log: RecordLog | None = None

    @cached_property
    def model_record(self) -> Record:
        """The columns that all records of this model share."""
        return model_columns(self.decider, self.origin)

    def decide(self, payload: object, params: object = None) -> list[Decision]:
        """Decide a list of dictionaries or a DataFrame; with a log, return once all records are durable.

        Raises `BadRequest` with every problem, `Unavailable` when the history store or the log is down.
        """
        return self.begin(payload, params).result()

    def begin(
        self, payload: object, params: object = None, hold: bool = False, key: RequestKey | None = None
    ) -> Pending:
        """Decide and submit the records without waiting for them; on `hold` they may wait for `send_records`.

        With a key, the answer is stored together with the records; `AlreadyAnswered` is raised in their place where
        another request with this key was answered first. An answer without records is not stored.
        """
        start = time.perf_counter()
        applications, columns, version = self._decided(payload, params)
        decisions = rows_of(columns)
        if self.log is None or not decisions or decisions[0]["simulated"]:
            return Pending(decisions)
        milliseconds = 1000 * (time.perf_counter() - start)
        rows = records(
            self.model_record,
            self.decider.contract,
            requests_as_json(self.decider.contract, payload),
            applications,
            decisions,
            version,
            milliseconds,
        )
        answer = () if key is None else key.rows(decisions)
        return Pending(decisions, self.log.submit(rows, hold, answer, self.decider.contract), self.log.wait)

    def decide_columns(self, payload: object, params: object = None) -> dict[str, list]:
        """The decisions of `decide` by field: lists with a value for each application; no field of no application.

        Without a log no decision is made a dictionary, which takes a tenth of a large table's time.
        """
        if self.log is None:
            return self._decided(payload, params)[1]
        return columns_of(self.decide(payload, params))

    def _decided(self, payload: object, params: object) -> tuple[Applications, dict[str, list], str | None]:
        """The applications, the decisions on them by field, and the version of the history that completed them."""
        rules = self.decider.rules
        request_params, params_problems = validate_params(
            params, rules.rules.request_threshold, bool(self.decider.scorecard.alternatives)
        )
        applications, problems, extremes = self._validated(payload, request_params.simulate)
        problems = [*params_problems, *problems, *rules.ranges.impossible(applications.values, extremes)]
        if problems:
            raise BadRequest(self._in_the_lenders_words(problems))
        completed = self._complete(applications)
        undeclared = undeclared_history(
            applications, completed.sources, self.history is not None, request_params.history == "none"
        )
        if undeclared:
            raise BadRequest(undeclared)
        if completed.values is not applications.values:
            applications, extremes = replace(applications, values=completed.values), None
        columns = self.decider.columns(applications, request_params, completed.sources, extremes)
        return applications, columns, completed.version

    def send_records(self) -> None:
        """Make the log write its records on hold."""
        if self.log is not None:
            self.log.send()

    def close(self) -> None:
        """Close the log, once all requests are answered."""
        if self.log is not None:
            self.log.close()

    def _in_the_lenders_words(self, problems: list[Problem]) -> list[Problem]:
        """The problems, those of a lender's own field with what it is and its unit: a text there may have the unit.

        A lender's own field is a topic of its own; Home Credit's fields are described in docs/fields.md.
        """
        meanings = self.decider.scorecard.meanings
        said = []
        for each in problems:
            meaning = meanings.get(each.field or "")
            if meaning is not None and meaning.topic == each.field and meaning.unit:
                about = f"{meaning.description.rstrip('.')}; unit: {meaning.unit}"
                each = replace(each, problem=f"{each.problem} ({about})")
            said.append(each)
        return said

    def _validated(self, payload: object, is_simulation: bool) -> tuple[Applications, list[Problem], Extremes | None]:
        """The applications, their problems, and their extremes where they are known: columns are judged at once.

        A row that is odd sends all of them the way of rows: what is wrong is said in the same words.
        """
        contract = self.decider.contract
        if isinstance(payload, OneApplication):
            applications = payload.applications
            return replace(applications, undeclared={}) if is_simulation else applications, [], None
        if not is_simulation:  # which may leave out what else is required
            cells = _cells(contract, payload)
            if cells is not None and len(cells.values):
                found = judged(contract, cells)
                if not found.odd.any():
                    return found.applications, [], found.extremes
        if isinstance(payload, Columns):
            payload = payload.as_sent()
        return *validate(contract, payload, is_simulation), None

    def _complete(self, applications: Applications) -> Completed:
        if self.history is None:
            return Completed(applications.values, request_sources(self.decider.contract, applications.values))
        return self.history.complete(self.decider.contract, applications)


async def _result(future: "Future[None]", seconds: float) -> None:
    """Wait on the event loop for a thread's future; raises its error, or `TimeoutError` after so many seconds.

    `wait_for` with `wrap_future` takes twice as long, and one more of the loop's turns. As there, whoever stops waiting
    cancels the future.
    """
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    def end_from_thread(_: "Future[None]") -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(end)

    future.add_done_callback(end_from_thread)
    timer = loop.call_later(seconds, end)
    try:
        await over
    except asyncio.CancelledError:
        future.cancel()
        raise
    finally:
        timer.cancel()
    future.result(0)


def _cells(contract: Contract, payload: object) -> Cells | None:
    """The payload in columns, None for one that is judged row by row."""
    if isinstance(payload, Columns):
        return payload.cells
    if isinstance(payload, list):
        return cells_of_objects(contract, payload)
    return cells_of_frame(contract, payload) if isinstance(payload, pd.DataFrame) else None
