"""A window of traffic, counted in the bins of a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from steps.monitoring.reference import Group
from steps.traffic.comparison import Decisions


@dataclass(frozen=True)
class ObservedField:
    """A field's values in the window.

    `counts` are (bins,) numbers of requests. `least`, `median` and `greatest` are of a number's known values, None
    without any (the median to the accuracy of the sample). `unseen` are levels that the reference lacks with their
    numbers, the most frequent first, at most ten.
    """

    counts: np.ndarray
    least: float | None = None
    median: float | None = None
    greatest: float | None = None
    unseen: Mapping[str, int] | None = None


@dataclass(frozen=True)
class ObservedGroup:
    """One group of the reference: (decisions,) booleans of its members, and (coarse bins,) numbers of its requests by
    field that the model uses."""

    group: Group
    members: np.ndarray
    fields: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class DecisionsInColumns:
    """Decisions on record, oldest first, without their requests; arrays are (decisions,).

    Parameters
    ----------
    decided_at : np.ndarray
        datetime64[us], UTC.
    decided : Decisions
        Outcomes, probabilities and thresholds on record.
    decision_ids, client_ids : np.ndarray
        Texts; a client's may be None.
    versions : np.ndarray
        The version that decided, as text; None for an unregistered model.
    own_threshold : np.ndarray
        Booleans: whether the request brought its own threshold.
    history : np.ndarray
        Where history came from: "request", "store" or "none", as on record.
    reasons : sequence of tuple of str
        The reason codes on record of each decision, empty for one without.
    erased : np.ndarray
        Booleans.
    """

    decided_at: np.ndarray
    decided: Decisions
    decision_ids: np.ndarray
    client_ids: np.ndarray
    versions: np.ndarray
    own_threshold: np.ndarray
    history: np.ndarray
    reasons: Sequence[tuple[str, ...]]
    erased: np.ndarray


@dataclass(frozen=True)
class Observed(DecisionsInColumns):
    """The decisions of a window, and their requests counted; arrays are (decisions,).

    Decisions whose requests were erased are in every array, and in no count of a field or group.

    Parameters
    ----------
    repeats : np.ndarray
        Booleans: whether all fields of the request equal those of an earlier one in the window.
    fields : mapping
        As `Reference.fields`.
    unknown_fields : mapping
        Names that requests have and the contract lacks, with their numbers of requests.
    unreadable : mapping
        How many requests have a value that is none of the field's kind, by field.
    groups : sequence of ObservedGroup
        As `Reference.groups`.
    sample : pa.RecordBatch
        Requests chosen by their ids, of `recorded.SCHEMA`, none erased and all of them JSON objects: what fields put
        back and Evidently look at.
    """

    repeats: np.ndarray
    fields: Mapping[str, ObservedField]
    unknown_fields: Mapping[str, int]
    unreadable: Mapping[str, int]
    groups: Sequence[ObservedGroup]
    sample: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.decided_at)

    def judged(self, version: str | None) -> np.ndarray:
        """(decisions,) booleans: those of this version at the policy's own threshold; None: of all versions."""
        own = np.ones(len(self), bool) if version is None else self.versions == version
        return own & ~self.own_threshold
