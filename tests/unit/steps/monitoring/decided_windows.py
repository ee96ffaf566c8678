"""Windows and references of a few arrays."""

import numpy as np
import pyarrow as pa

from steps.monitoring.bins import Bins
from steps.monitoring.observed import Observed, ObservedGroup
from steps.monitoring.reference import Decided, GroupReference, Reference
from steps.traffic.comparison import GRANTED, REFUSED, Decisions
from steps.traffic.recorded import SCHEMA

THRESHOLD = 1 / 11
START = np.datetime64("2026-01-01T00:00:00", "us")


def window(
    probability,
    *,
    outcome=None,
    decided_at=None,
    client_ids=None,
    versions=None,
    own_threshold=None,
    groups=(),
    erased=None,
) -> Observed:
    """The decisions about these probabilities, by the threshold unless `outcome` has others: d0, d1, ... of clients c0,
    c1, ..., one an hour from the start of 2026."""
    probability = np.asarray(probability, float)
    size = len(probability)
    outcome = np.where(probability >= THRESHOLD, REFUSED, GRANTED) if outcome is None else np.asarray(outcome)
    hours = START + np.arange(size) * np.timedelta64(1, "h")
    return Observed(
        decided_at=hours if decided_at is None else np.asarray(decided_at, "datetime64[us]"),
        decided=Decisions(outcome.astype(np.int8), probability, np.full(size, THRESHOLD)),
        decision_ids=np.array([f"d{each}" for each in range(size)], object),
        client_ids=np.array([f"c{each}" for each in range(size)] if client_ids is None else client_ids, object),
        versions=np.array(["3"] * size if versions is None else versions, object),
        own_threshold=np.zeros(size, bool) if own_threshold is None else np.asarray(own_threshold),
        history=np.array(["none"] * size, object),
        reasons=[()] * size,
        erased=np.zeros(size, bool) if erased is None else np.asarray(erased),
        repeats=np.zeros(size, bool),
        fields={},
        unknown_fields={},
        unreadable={},
        groups=[ObservedGroup(each, np.asarray(members), {}) for each, members in groups],
        sample=pa.RecordBatch.from_pylist([], schema=SCHEMA),
    )


def decided(granted: int, refused: int, expected_cost: float = 0.5) -> Decided:
    """So many decisions."""
    outcomes = {"granted": granted, "refused": refused, "referred": 0}
    return Decided(outcomes, np.array([granted, refused, 0]), expected_cost)


def reference(granted: int, refused: int, expected_cost: float = 0.5, groups=()) -> Reference:
    """A reference of so many decisions; groups with theirs."""
    whole = decided(granted, refused, expected_cost)
    return Reference(
        source="the tests",
        clients=whole.clients,
        fields={},
        inputs=(),
        score=Bins((THRESHOLD,)),
        decided=whole,
        threshold=THRESHOLD,
        reasons={},
        explained=0,
        repeated=0,
        groups=tuple(GroupReference(group, each.clients, {}, each) for group, each in groups),
    )
