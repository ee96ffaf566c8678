"""References and windows made from columns of values, without a model."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from steps.monitoring.alarms import alarming
from steps.monitoring.bins import Bins
from steps.monitoring.drift.comparisons import compare
from steps.monitoring.drift.figures import drift_of
from steps.monitoring.observed import Observed, ObservedField, ObservedGroup
from steps.monitoring.reference import Decided, FieldReference, Group, GroupReference, Reference
from steps.monitoring.report.drift import Drift
from steps.run.monitoring_limits import MonitoringLimits
from steps.traffic.comparison import Decisions
from steps.traffic.recorded import SCHEMA

SCORE = Bins(tuple(np.linspace(0.02, 0.38, 19)))
THRESHOLD = 1 / 11
KIND = ("cash", "card", "car")

Columns = Mapping[str, np.ndarray]
"""Values by field: floats with NaN for a number, texts with None for a category."""


@dataclass
class People:
    """Some clients: their fields, probabilities of default, and reasons."""

    columns: dict[str, np.ndarray]
    probability: np.ndarray
    reasons: list[tuple[str, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def outcome(self) -> np.ndarray:
        return (self.probability >= THRESHOLD).astype(np.int8)


def people(rows: int, seed: int, **changed: np.ndarray) -> People:
    """Clients of one population: an amount of money, a code of many zeros, a past loan that a third lack, a kind."""
    generator = np.random.default_rng(seed)
    size = generator.standard_normal(rows)
    past = np.exp(size / 2 + generator.standard_normal(rows))
    columns: dict[str, np.ndarray] = {
        "AMOUNT": np.round(200_000 * np.exp(0.6 * generator.standard_normal(rows) + 0.3 * size), 2),
        "CHILDREN": generator.poisson(0.4, rows).astype(float),
        "BUREAU_DEBT": np.where(generator.random(rows) < 0.33, np.nan, past),
        "KIND": generator.choice(np.array(KIND, object), rows, p=[0.7, 0.25, 0.05]),
    }
    columns.update(changed)
    probability = 1 / (1 + np.exp(2.6 - 0.8 * size - 0.5 * generator.standard_normal(rows)))
    drawn = generator.random(rows) < 0.4
    reasons = [(("DEBT", "AGE") if each else ("AGE",)) for each in drawn]
    return People(columns, probability, reasons)


def bins_of(values: np.ndarray) -> Bins:
    """Twentieths of a number, all levels of a category."""
    if values.dtype == object:
        return Bins(None, tuple(sorted({each for each in values if each is not None})))
    known = values[~np.isnan(values)]
    return Bins(tuple(np.unique(np.quantile(known, np.linspace(0, 1, 21)[1:-1]))) if len(known) else ())


def counts_of(values: np.ndarray, bins: Bins) -> np.ndarray:
    """(bins,) numbers."""
    if bins.edges is None:
        places = {level: place for place, level in enumerate(bins.levels)}
        found = [bins.missing if each is None else places.get(each, bins.other) for each in values]
    else:
        found = np.where(np.isnan(values), bins.missing, np.searchsorted(bins.edges, values, side="right"))
    return np.bincount(np.asarray(found, int), minlength=bins.size)


def reference_of(clients: People, groups: Sequence[tuple[Group, np.ndarray]] = (), repeated: int = 0) -> Reference:
    """The reference of some clients, all of whom are decided about, in (group, members) pairs."""
    fields = {}
    for name, values in clients.columns.items():
        bins = bins_of(values)
        fields[name] = FieldReference(bins, counts_of(values, bins), *_ends(values, bins))
    refused = clients.outcome == 1
    explained = [codes for codes, each in zip(clients.reasons, refused, strict=True) if each]
    return Reference(
        source=f"{len(clients):,} clients of the training",
        clients=len(clients),
        fields=fields,
        inputs=tuple(clients.columns),
        score=SCORE,
        decided=_decided(clients, np.ones(len(clients), bool)),
        threshold=THRESHOLD,
        reasons=dict(Counter(code for codes in explained for code in codes)),
        explained=len(explained),
        repeated=repeated,
        groups=tuple(
            GroupReference(
                group,
                int(members.sum()),
                {name: counts_of(values[members], fields[name].bins) for name, values in clients.columns.items()},
                _decided(clients, members),
            )
            for group, members in groups
        ),
    )


def observed_of(
    reference: Reference,
    requests: People,
    groups: Sequence[tuple[Group, np.ndarray]] = (),
    **changed: object,
) -> Observed:
    """The window of some requests, all decided by version 1 now; `changed` are other attributes of it."""
    count = len(requests)
    fields = {}
    for name, each in reference.fields.items():
        values = requests.columns[name]
        ends = _ends(values, each.bins)
        median = float(np.nanmedian(values)) if ends else None
        unseen = None
        if each.bins.edges is None:
            others = Counter(value for value in values if value is not None and value not in each.bins.levels)
            unseen = dict(others.most_common(10))
        least, greatest = ends or (None, None)
        fields[name] = ObservedField(counts_of(values, each.bins), least, median, greatest, unseen)
    whole = {
        "decided_at": np.datetime64("2026-01-05T00:00:00", "us") + np.arange(count) * np.timedelta64(1, "m"),
        "decided": Decisions(requests.outcome, requests.probability, np.full(count, THRESHOLD)),
        "decision_ids": np.array([f"d{row}" for row in range(count)], object),
        "client_ids": np.array([str(row) for row in range(count)], object),
        "versions": np.array(["1"] * count, object),
        "own_threshold": np.zeros(count, bool),
        "history": np.array(["store"] * count, object),
        "reasons": [codes if each else () for codes, each in zip(requests.reasons, requests.outcome, strict=True)],
        "erased": np.zeros(count, bool),
        "repeats": np.zeros(count, bool),
        "fields": fields,
        "unknown_fields": {},
        "unreadable": {},
        "groups": [
            ObservedGroup(
                group,
                members,
                {
                    name: counts_of(requests.columns[name][members], each.bins)
                    for name, each in reference.fields.items()
                },
            )
            for group, members in groups
        ],
        "sample": sample_of(requests),
    }
    return Observed(**{**whole, **changed})


def sample_of(requests: People, most: int = 1_000) -> pa.RecordBatch:
    """The first of the requests as they are on record; history is a column that begins with BUREAU."""
    rows = []
    for row in range(min(len(requests), most)):
        values = {name: _plain(column[row]) for name, column in requests.columns.items()}
        known = {name: value for name, value in values.items() if value is not None}
        history = {name: value for name, value in known.items() if name.startswith("BUREAU")}
        rows.append(
            {
                "decision_id": f"d{row}",
                "decided_at": datetime(2026, 1, 5, tzinfo=UTC),
                "client_id": str(row),
                "model_version": "1",
                "threshold": THRESHOLD,
                "threshold_source": "policy",
                "probability_of_default": float(requests.probability[row]),
                "decision": "refused" if requests.outcome[row] else "granted",
                "reasons": "[]",
                "history": "store",
                "fields": json.dumps({name: value for name, value in known.items() if name not in history}),
                "history_fields": json.dumps(history),
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _decided(clients: People, members: np.ndarray) -> Decided:
    outcome, probability = clients.outcome[members], clients.probability[members]
    outcomes = {"granted": int((outcome == 0).sum()), "refused": int((outcome == 1).sum()), "referred": 0}
    cost = np.where(outcome == 0, 10 * probability, 1 - probability)
    return Decided(outcomes, counts_of(probability, SCORE)[: SCORE.size - 1], float(cost.mean()))


def _ends(values: np.ndarray, bins: Bins) -> tuple[float, float] | tuple[()]:
    if bins.edges is None or np.isnan(values).all():
        return ()
    return float(np.nanmin(values)), float(np.nanmax(values))


def _plain(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number


def drift(reference: Reference, observed: Observed, limits: MonitoringLimits, version: str | None) -> Drift:
    """The drift of a window, as it is measured."""
    comparisons = compare(reference, observed, version, limits)
    raised = alarming(comparisons.tests, comparisons.level)
    return drift_of(comparisons, raised, reference, observed, limits, version)
