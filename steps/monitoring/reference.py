"""The reference that travels in a model: what its inputs, scores, decisions and reasons were when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steps.monitoring.bins import Bins


@dataclass(frozen=True)
class Group:
    """Clients with one value, or one range, of an attribute, so defined that requests can be assigned to it.

    Parameters
    ----------
    attribute, name : str
        As a report says them: "Age" and "25 to 35 years".
    field : str
        The field that tells it, or `custom_model.rules.HISTORY`, of which the levels are "known" and "new".
    is_protected : bool
        Whether the attribute is one of policy.yaml's protected ones, and not a segment.
    level : str or None
        The level of a category; None for a number.
    low, high : float or None
        A number's group has values from `low` on and below `high`; None: without that bound. One code c of a number
        of few values is c to the next greater float.
    """

    attribute: str
    name: str
    field: str
    is_protected: bool
    level: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FieldReference:
    """A field's values among the clients of the reference.

    `counts` are (bins,) numbers of clients. `least` and `greatest` bound a number's known values; None where it has
    none, and for a category.
    """

    bins: Bins
    counts: np.ndarray
    least: float | None = None
    greatest: float | None = None


@dataclass(frozen=True)
class Decided:
    """Decisions of the model on clients that no training has seen.

    Parameters
    ----------
    outcomes : mapping
        Numbers of "granted", "refused" and "referred".
    scores : np.ndarray
        (score bins,) numbers of clients, see `Reference.score`; it has no missing one.
    expected_cost : float
        Mean of a decision, in the policy's unit.
    referred : np.ndarray or None
        (score bins,) those of `scores` that are referred; None: nobody is.
    """

    outcomes: Mapping[str, int]
    scores: np.ndarray
    expected_cost: float
    referred: np.ndarray | None = None

    @property
    def clients(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class GroupReference:
    """One group of the reference: its clients' fields, in the bins of `coarse`, and the decisions about them.

    `fields` has the fields that the model uses.
    """

    group: Group
    clients: int
    fields: Mapping[str, np.ndarray]
    decided: Decided


@dataclass(frozen=True)
class Reference:
    """What traffic is compared with.

    Parameters
    ----------
    source : str
        Where it comes from, in words: "the 246,009 clients of the training; decisions on 61,502 held-out ones".
    clients : int
        Clients behind the fields: those of the training.
    fields : mapping
        Every field of the contract, by name, in the contract's order.
    inputs : tuple of str
        The fields that the model uses, directly or through what derives from them.
    score : Bins
        Of the probability of default.
    decided : Decided
        The decisions on held-out clients, by the model as it is registered, with its rules.
    threshold : float
        By which they were made.
    reasons : mapping
        How many of the `explained` refusals have each reason code among their reasons.
    explained : int
        Refusals that were explained.
    repeated : int
        Clients whose fields all equal those of one before: of three alike, two.
    groups : tuple of GroupReference
        The policy's segments, then its protected attributes.
    """

    source: str
    clients: int
    fields: Mapping[str, FieldReference]
    inputs: tuple[str, ...]
    score: Bins
    decided: Decided
    threshold: float
    reasons: Mapping[str, int]
    explained: int
    repeated: int
    groups: tuple[GroupReference, ...]
