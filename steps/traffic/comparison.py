"""Decisions on record beside another version's on the same requests, in columns."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.costs import OUTCOMES, Costs, is_refused
from steps.quality.figures import expected_cost
from steps.traffic.deciding import Decided
from steps.traffic.own_code import PREFIX, UNDECIDED
from steps.traffic.recorded import reason_codes

KINDS = (*OUTCOMES, UNDECIDED)
GRANTED, REFUSED, REFERRED, NOT_DECIDED = range(len(KINDS))
"""Codes of decisions in arrays."""


@dataclass(frozen=True)
class Decisions:
    """Decisions of one kind: those on record, or those of now.

    Attributes
    ----------
    outcome
        (requests,) codes of `KINDS`.
    probability, threshold
        (requests,) probabilities of default and what they were held against; NaN where nothing was decided.
    """

    outcome: np.ndarray
    probability: np.ndarray
    threshold: np.ndarray

    @cached_property
    def refused(self) -> np.ndarray:
        """(requests,) booleans: the decision, and where it refers to a person that of the threshold."""
        return np.where(self.outcome == REFERRED, is_refused(self.probability, self.threshold), self.outcome == REFUSED)

    @property
    def granted(self) -> np.ndarray:
        return self.outcome == GRANTED

    @property
    def referred(self) -> np.ndarray:
        return self.outcome == REFERRED

    def cost(self, costs: Costs, probability: np.ndarray | None = None) -> np.ndarray:
        """(requests,) expected costs, by the decisions' own probabilities or by others."""
        return expected_cost(
            self.probability if probability is None else probability, self.refused, costs, self.referred
        )

    def of(self, rows: np.ndarray) -> Self:
        """Those of some requests."""
        return type(self)(self.outcome[rows], self.probability[rows], self.threshold[rows])


@dataclass(frozen=True)
class Comparison:
    """Decisions on record and of now about the same requests, oldest first.

    Attributes
    ----------
    then, now
        The decisions on record, and the candidate's.
    decision_ids, client_ids
        (requests,) texts; a client's may be None.
    versions
        (requests,) the version on record, as a text.
    has_history
        (requests,) booleans: whether the request came with past loans, from the store or its sender.
    fields
        By name, (requests,) values of a request as text, None where it has none.
    problems
        How many requests have each breach of the candidate's contract, by field and problem.
    reasons
        Pairs of the reasons' codes, on record and of now, of decisions both of which are explained.
    erased
        Decisions whose requests were erased: they cannot be decided again.
    period
        Times of the first and the last decision; None without any.
    """

    then: Decisions
    now: Decisions
    decision_ids: np.ndarray
    client_ids: np.ndarray
    versions: np.ndarray
    has_history: np.ndarray
    fields: Mapping[str, np.ndarray]
    problems: Counter[tuple[str, str]]
    reasons: Sequence[tuple[list[str], list[str]]]
    erased: int = 0
    period: tuple[datetime, datetime] | None = None

    def __len__(self) -> int:
        return len(self.decision_ids)

    @cached_property
    def compared(self) -> np.ndarray:
        """(requests,) booleans: those that the candidate decides, too."""
        return self.now.outcome != NOT_DECIDED

    @property
    def refused_by_contract(self) -> int:
        """Requests that the candidate answers with an error."""
        return int((~self.compared).sum())


def compared(batches: Iterable[Decided], fields: Sequence[str] = ()) -> Comparison:
    """The comparison of all batches, with these fields of the requests: 200 bytes a request and what those take."""
    gathered = [_Part(each, fields) for each in batches]
    times = [each for part in gathered for each in part.times]
    problems: Counter[tuple[str, str]] = Counter()
    for part in gathered:
        problems.update(part.problems)
    return Comparison(
        then=_joined([part.then for part in gathered]),
        now=_joined([part.now for part in gathered]),
        decision_ids=texts_of([part.decision_ids for part in gathered]),
        client_ids=texts_of([part.client_ids for part in gathered]),
        versions=texts_of([part.versions for part in gathered]),
        has_history=np.concatenate([np.empty(0, bool), *(part.has_history for part in gathered)]),
        fields={name: texts_of([part.fields[name] for part in gathered]) for name in fields},
        problems=problems,
        reasons=[pair for part in gathered for pair in part.reasons],
        erased=sum(part.erased for part in gathered),
        period=(min(times), max(times)) if times else None,
    )


class _Part:
    """What is left of one batch."""

    def __init__(self, decided: Decided, fields: Sequence[str]):
        record, answers = decided.record, decided.answers
        self.then, self.now = _decisions(record), _decisions(answers)
        self.decision_ids = record["decision_id"]
        self.client_ids, self.versions = (record[name].dictionary_encode() for name in ("client_id", "model_version"))
        self.has_history = pc.not_equal(record["history"], "none").to_numpy(zero_copy_only=False)
        self.fields = {name: answers[f"{PREFIX}{name}"].dictionary_encode() for name in fields}
        self.erased = decided.erased
        self.times = [each for each in pc.min_max(record["decided_at"]).as_py().values() if each is not None]
        self.problems: Counter[tuple[str, str]] = Counter()
        for text in answers["problems"].drop_null().to_pylist():
            self.problems.update({(each["field"] or "the request", each["problem"]) for each in orjson.loads(text)})
        # A decision is on record with reasons unless it was granted, or its request wanted none.
        self.reasons = [
            (then, orjson.loads(now))
            for outcome, reasons, now in zip(
                record["decision"].to_pylist(), record["reasons"].to_pylist(), answers["codes"].to_pylist(), strict=True
            )
            if now is not None and now != "[]" and outcome != "granted" and (then := reason_codes(reasons))
        ]


def decisions_of(answers: Iterable[pa.RecordBatch]) -> Decisions:
    """The decisions in batches of `own_code.ANSWERS`, in their order."""
    return _joined([_decisions(each) for each in answers])


def _decisions(batch: pa.RecordBatch) -> Decisions:
    codes = pc.index_in(batch["decision"], value_set=pa.array(KINDS))
    return Decisions(
        codes.to_numpy(zero_copy_only=False).astype(np.int8),
        batch["probability_of_default"].to_numpy(zero_copy_only=False),
        batch["threshold"].to_numpy(zero_copy_only=False),
    )


def _joined(parts: Sequence[Decisions]) -> Decisions:
    empty = Decisions(np.empty(0, np.int8), np.empty(0), np.empty(0))
    outcomes, probabilities, thresholds = zip(
        *((each.outcome, each.probability, each.threshold) for each in [empty, *parts]), strict=True
    )
    return Decisions(np.concatenate(outcomes), np.concatenate(probabilities), np.concatenate(thresholds))


def texts_of(parts: Sequence[pa.Array]) -> np.ndarray:
    """(requests,) objects of all parts; equal texts of one field are one object."""
    if not parts:
        return np.empty(0, object)
    whole = pa.chunked_array(parts)
    if pa.types.is_dictionary(whole.type):
        whole = whole.unify_dictionaries().combine_chunks()
        values = np.array([*whole.dictionary.to_pylist(), None], object)
        codes = whole.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
        return values[codes]
    return whole.to_numpy(zero_copy_only=False)
