"""What drift does to the decisions: the sample decided as it is, and with one drifted field put back after another."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from custom_model.costs import Costs
from custom_model.meanings import Meaning
from custom_model.rates import QUANTILE
from steps.evaluation.report.document import Estimate
from steps.monitoring.drift.putting_back import put_back
from steps.monitoring.drift.sampled import Request, Sampled
from steps.monitoring.reference import Reference
from steps.monitoring.report.drift import Drift
from steps.monitoring.report.effects import Effect, Effects
from steps.quality.paired import mean_difference
from steps.tables.feature_in_words import in_words
from steps.traffic.comparison import NOT_DECIDED, REFUSED, Decisions, decisions_of
from steps.traffic.deciding import Declared, requests_of
from steps.traffic.recorded import ROWS

MOST, MOST_REQUESTS = 30, 2_000
BOOTSTRAPS = 10_000
TOGETHER = "together"

Ask = Callable[[pa.RecordBatch], "Future[pa.RecordBatch]"]
"""Has a version answer a batch of requests, as `deciding_processes` gives it."""


@dataclass(frozen=True)
class Drifted:
    """A drifted field, or a history table that is empty with all fields of it that the model uses."""

    name: str
    fields: Sequence[str]
    psi: float


def drifted(drift: Drift, tables: Mapping[str, Sequence[str]]) -> list[Drifted]:
    """The empty tables, and the fields that raise an alarm and that the model uses, the largest drift first.

    `tables` are those of `silent_tables`.
    """
    psi = {each.name: each.psi for each in drift.fields if each.is_used}
    found = [
        Drifted(table, used, max(psi[name] for name in used))
        for table, names in tables.items()
        if (used := [name for name in names if name in psi])
    ]
    in_tables = {name for each in found for name in each.fields}
    alone = [each for each in drift.drifted if each.is_used and each.name not in in_tables]
    found += [Drifted(each.name, [each.name], each.psi) for each in sorted(alone, key=lambda each: -each.psi)]
    return found


def effects(
    candidates: Sequence[Drifted],
    reference: Reference,
    sample: pa.RecordBatch,
    ask: Ask,
    declared: Declared,
    costs: Costs,
    seed: int,
    meanings: Mapping[str, Meaning] | None = None,
) -> Effects:
    """What each of the first `MOST` candidates does to the decisions on at most `MOST_REQUESTS` of the sample.

    Parameters
    ----------
    candidates
        Those of `drifted`.
    reference
        What their fields are put back to.
    sample
        (requests,) of `recorded.SCHEMA`, none erased.
    ask, declared
        The version's own code, and what the requests declared, as for `requests_of`.
    costs
        Of the two errors, and of a review.
    seed
        Of the values by chance.
    meanings
        Of the fields, by name.

    Raises
    ------
    UserError
        The version breaks off.
    """
    if len(sample) > MOST_REQUESTS:
        sample = sample.take(pa.array(np.linspace(0, len(sample) - 1, MOST_REQUESTS).astype(np.int64)))
    sampled = Sampled(sample)
    if not candidates or not len(sampled):
        return Effects(requests=len(sampled), refused=None, cost=None, effects=[], left_out=len(candidates))
    left_out, candidates = len(candidates[MOST:]), candidates[:MOST]
    found = []
    everything = Drifted(TOGETHER, [name for each in candidates for name in each.fields], 0.0)
    asked = [*candidates, *([everything] if len(candidates) > 1 else [])]
    with tqdm(desc="  deciding with drifted fields put back", total=len(asked) + 1, unit=" times") as bar:
        as_it_is = _decided(sampled.with_fields([{}] * len(sampled)), ask, declared)
        bar.update()
        for place, each in enumerate(asked):
            changed = _put_back(each, sampled, reference, np.random.default_rng([seed, place]))
            put = _decided(sampled.with_fields(changed), ask, declared)
            found.append(_effect(each, _words(each, meanings or {}), as_it_is, put, costs, seed))
            bar.update()
    known = as_it_is.of(as_it_is.outcome != NOT_DECIDED)
    return Effects(
        requests=len(sampled),
        refused=float((known.outcome == REFUSED).mean()) if len(known.outcome) else None,
        cost=float(known.cost(costs).mean()) if len(known.outcome) else None,
        effects=sorted(found[: len(candidates)], key=lambda each: each.order),
        together=found[-1] if len(asked) > len(candidates) else None,
        left_out=left_out,
    )


def _words(candidate: Drifted, meanings: Mapping[str, Meaning]) -> str:
    if candidate.name == TOGETHER:
        return "all of these put back"
    return in_words(candidate.name, meanings) if list(candidate.fields) == [candidate.name] else "History table"


def _put_back(
    candidate: Drifted, sampled: Sampled, reference: Reference, generator: np.random.Generator
) -> list[Request]:
    """By request, the values of the candidate's fields."""
    turns = generator.random(len(sampled))
    columns = [put_back(sampled, name, reference.fields[name], turns, generator) for name in candidate.fields]
    return [dict(zip(candidate.fields, values, strict=True)) for values in zip(*columns, strict=True)]


def _decided(record: pa.RecordBatch, ask: Ask, declared: Declared) -> Decisions:
    answers = [
        ask(requests_of(record.slice(first, ROWS), declared, explained=0.0)) for first in range(0, len(record), ROWS)
    ]
    return decisions_of([each.result() for each in answers])


def _effect(candidate: Drifted, words: str, as_it_is: Decisions, put: Decisions, costs: Costs, seed: int) -> Effect:
    """The window as it is, less the window with the candidate put back, of the requests that are decided both ways."""
    both = (as_it_is.outcome != NOT_DECIDED) & (put.outcome != NOT_DECIDED)
    now, then = as_it_is.of(both), put.of(both)
    count = int(both.sum())
    refused = granted = cost = Estimate(value=None)
    if count > 1:
        refused = _change(now.outcome == REFUSED, then.outcome == REFUSED, seed)
        granted = _change(now.granted, then.granted, seed)
        dearer = now.cost(costs) - then.cost(costs)
        error = QUANTILE * float(dearer.std(ddof=1)) / count**0.5
        cost = Estimate(value=float(dearer.mean()), low=float(dearer.mean()) - error, high=float(dearer.mean()) + error)
    return Effect(
        name=candidate.name,
        words=words,
        fields=len(candidate.fields),
        psi=candidate.psi,
        requests=count,
        changed=int((now.outcome != then.outcome).sum()),
        refused=refused,
        granted=granted,
        cost=cost,
    )


def _change(now: np.ndarray, then: np.ndarray, seed: int) -> Estimate:
    mean, low, high = mean_difference(now.astype(float) - then, BOOTSTRAPS, seed)
    return Estimate(value=mean, low=low, high=high)
