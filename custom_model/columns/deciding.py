"""A batch of applications, each a request of its own: read, complete, judge, explain, record, answer."""

import time
from dataclasses import replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from custom_model.applications import Applications
from custom_model.arrow.applications import Row, ids_array, read, rows_of
from custom_model.columns.answers import PROBLEMS, REASONS, TEXTS, answer_schema, constant, lists
from custom_model.columns.decision_ids import DecisionIds
from custom_model.columns.recording import Collected, write
from custom_model.columns.records import records
from custom_model.contract import Contract
from custom_model.decision_log import DecisionLog
from custom_model.errors import BadRequest
from custom_model.history.completed import Completed, request_sources, undeclared_history
from custom_model.ranges import Extremes
from custom_model.reasons import Reason
from custom_model.rules import NOTHING
from custom_model.service import DecisionService


class ColumnDecider:
    """Decides batches by one model, as its service decides each row that is sent alone with null for what is missing.

    Rows that break the contract, or may, are sent to the service itself; all others are decided in columns.
    """

    def __init__(self, service: DecisionService):
        self._service = service
        self._decider = service.decider
        self._contract: Contract = service.decider.contract

    def decide(
        self, batch: pa.RecordBatch, ids: DecisionIds, reasons: str = "refused", is_repeated: bool = False
    ) -> pa.RecordBatch:
        """The answers to a batch, in its order, with the columns of `answer_schema`.

        Where the service has a decision log, all decisions are on record before they are returned.

        Parameters
        ----------
        batch : pyarrow.RecordBatch
            One row an application, columns named as the contract's fields.
        ids : DecisionIds
            The ids of its decisions.
        reasons : {"refused", "all", "none"}
            Decisions to explain.
        is_repeated : bool
            Whether the batch may have been decided before: what is on record already is not written again.

        Raises
        ------
        Unavailable
            The history store or the decision log is down.
        """
        start = time.perf_counter()
        if not len(batch):
            return pa.RecordBatch.from_pylist([], self._schema)
        applications, odd, extremes = read(self._contract, batch)
        odd = odd | self._decider.rules.ranges.any_impossible(applications.values, extremes)
        completed = self._completed(applications, odd)
        for problem in undeclared_history(applications, completed.sources, self._service.history is not None, False):
            odd[problem.row] = True
        if completed.values is not applications.values:
            applications, extremes = replace(applications, values=completed.values), Extremes.of(completed.values)
        answer = self._in_columns(applications, extremes, completed, ids, reasons)
        rows = np.flatnonzero(odd).tolist()
        collected = Collected()
        if rows:
            sent = rows_of(self._contract, batch, rows)
            alone = [
                self._alone(each, ids.texts[row], reasons, collected) for row, each in zip(rows, sent, strict=True)
            ]
            answer = _put(answer, rows, pa.RecordBatch.from_pylist(alone, answer.schema))
        if isinstance(self._service.log, DecisionLog):
            milliseconds = 1000 * (time.perf_counter() - start) / max(len(batch), 1)
            made = records(
                *(self._service.model_record, self._contract, batch, applications, answer, np.flatnonzero(~odd)),
                *(completed.version, milliseconds),
            )
            write(self._service.log, self._contract, made + collected.records, is_repeated)
            recorded = answer["decision"].is_valid()
            answer = answer.set_column(answer.schema.get_field_index("recorded"), "recorded", recorded)
        return answer

    def _completed(self, applications: Applications, odd: np.ndarray) -> Completed:
        """The applications with their histories; the store is not asked for rows that are sent alone."""
        if self._service.history is None:
            return Completed(applications.values, request_sources(self._contract, applications.values))
        asked = [None if is_odd else each for each, is_odd in zip(applications.ids, odd.tolist(), strict=True)]
        return self._service.history.complete(self._contract, replace(applications, ids=asked))

    def _in_columns(
        self, applications: Applications, extremes: Extremes, completed: Completed, ids: DecisionIds, scope: str
    ) -> pa.RecordBatch:
        """The answer of all rows, of which the odd ones mean nothing."""
        rows, costs, scale = len(applications), self._decider.scorecard.costs, self._decider.scorecard.score
        judged = self._decider.judged(applications, extremes=extremes)
        reasons: dict[int, list[Reason]] = self._decider.reasons(judged, applications.unknown, scope)
        p = np.array(judged.probabilities, np.float64)
        found = {row: each for row, each in enumerate(judged.findings) if each is not NOTHING}
        columns = {
            "client_id": ids_array(self._contract, applications.ids),
            "decision": pa.array(judged.outcomes, pa.string()),
            "probability_of_default": pa.array(p),
            "threshold": constant(costs.threshold, rows, pa.float64()),
            "threshold_source": constant("policy", rows, pa.string()),
            "expected_cost_granted": pa.array(costs.granted(p)),
            "expected_cost_refused": pa.array(costs.refused(p)),
            "expected_cost_referred": constant(costs.review, rows, pa.float64()),
            "score": pa.nulls(rows, pa.int64())
            if scale is None
            else pa.array([scale.points(each) for each in judged.probabilities], pa.int64()),
            "reasons": lists(reasons, rows, REASONS),
            "unknown_categories": lists(applications.unknown, rows, TEXTS),
            "unusual": lists({row: each.unusual for row, each in found.items()}, rows, TEXTS),
            "missing": lists({row: each.missing for row, each in found.items()}, rows, TEXTS),
            "policy_rules": lists({row: each.fired for row, each in found.items()}, rows, TEXTS),
            "history": pa.array(completed.sources, pa.string()),
            "model": constant(self._decider.model, rows, pa.string()),
            "decision_id": ids.column,
            "simulated": constant(False, rows, pa.bool_()),
            "recorded": constant(False, rows, pa.bool_()),
            "problems": lists({}, rows, PROBLEMS),
        }
        return pa.RecordBatch.from_pydict(columns, self._schema)

    @cached_property
    def _schema(self) -> pa.Schema:
        return answer_schema(self._contract)

    def _alone(self, application: Row, decision_id: str, reasons: str, collected: Collected) -> Row:
        """The answer to a row that is sent alone: a decision, or the client's id and the problems."""
        before = len(collected.records)
        service = replace(self._service, log=None if self._service.log is None else collected)
        try:
            (decision,) = service.decide([application], {"reasons": reasons})
        except BadRequest as error:
            problems = [{"field": each["field"], "problem": each["problem"]} for each in error.body["problems"]]
            return {"client_id": _identity(application.get(self._contract.id), self._contract), "problems": problems}
        for record in collected.records[before:]:
            record["decision_id"] = decision_id
        return {**decision, "decision_id": decision_id, "problems": []}


def _identity(value: object, contract: Contract) -> object:
    """The id of a row without a decision, null where it is none."""
    if contract.id_is_text:
        return value if isinstance(value, str) else None
    return value if isinstance(value, int) and abs(value) < 2**63 else None


def _put(answer: pa.RecordBatch, rows: list[int], alone: pa.RecordBatch) -> pa.RecordBatch:
    """The answer with other rows in the place of these."""
    places = np.arange(len(answer))
    places[rows] = len(answer) + np.arange(len(rows))
    both = pa.Table.from_batches([answer, alone]).combine_chunks()
    return both.take(pa.array(places)).combine_chunks().to_batches()[0]
