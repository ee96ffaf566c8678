"""The reference of a model: fields of its training, and its own decisions on clients that no training has seen."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from custom_model.contract import Contract
from custom_model.costs import OUTCOMES, Costs
from custom_model.rules import HISTORY
from steps.monitoring.bins import Bins
from steps.monitoring.reference import Decided, FieldReference, Group, GroupReference, Reference
from steps.monitoring.referencing.binning import category_bins, number_bins
from steps.monitoring.referencing.columns import column_of, row_hashes
from steps.monitoring.referencing.groups import groups_of
from steps.monitoring.referencing.membership import GroupCounter, members
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.traffic.comparison import REFUSED, Decisions

MOST_DECIDED = 20_000  # a share is known to 0.7 points
MOST_EXPLAINED = 1_000  # to 3 points; TreeSHAP takes milliseconds for each
SCORE_BINS = 200


class Deciding(Protocol):
    """A model that decides about a table of applications."""

    def decide(self, applications: pd.DataFrame) -> Decisions:
        """The decisions, with all rules of the model, in the order of the table; undecided where it refuses one."""

    def reasons(self, applications: pd.DataFrame) -> list[tuple[str, ...]]:
        """The reason codes of each decision, the largest contribution first."""


@dataclass(frozen=True)
class Subject:
    """The model that a reference is of.

    Attributes
    ----------
    contract
        Its fields.
    inputs
        Those that it uses, directly or through what derives from them.
    costs
        The policy's, in which the expected cost is.
    deciding
        Decides about clients.
    """

    contract: Contract
    inputs: Collection[str]
    costs: Costs
    deciding: Deciding


def build_reference(
    table: FeatureTable,
    rows: np.ndarray,
    unseen: np.ndarray,
    subject: Subject,
    policy: Policy,
    seed: int,
    source: str = "",
) -> Reference:
    """The reference of a model.

    Parameters
    ----------
    table
        Clients with fields; those without an outcome are in none of it.
    rows
        (table rows,) booleans: the clients whose fields are the reference, those of the training.
    unseen
        (table rows,) booleans: the clients on whom the model decides, at most 20,000 of them by chance.
    subject
        The model.
    policy
        Segments and protected attributes, by which clients are grouped.
    seed
        Of the choice of clients.
    source
        What the reference is of, in words; empty: that of a training.
    """
    names = subject.contract.fields
    frame = table.frame.loc[rows]
    groups = [each for each in groups_of(table, rows, policy) if _is_known(each, subject.contract)]
    inside = [_inside(each, frame, subject.contract) for each in groups]
    counter = GroupCounter(groups, inside)
    fields: dict[str, FieldReference] = {}
    of_groups: dict[str, np.ndarray] = {}
    columns = {}
    for name in names:
        column = columns[name] = column_of(frame, name, name not in subject.contract.categories)
        bins = (
            number_bins(column)
            if isinstance(column, np.ndarray)
            else category_bins(column, subject.contract.categories[name])
        )
        codes = bins.codes(column)
        fields[name] = FieldReference(bins, np.bincount(codes, minlength=bins.size), *_bounds(column))
        if name in subject.inputs:
            of_groups[name] = counter.counts(bins, codes)
    hashes = row_hashes(columns, names, len(frame))
    decisions, decided_frame = _decided(table, unseen, subject, seed)
    score = number_bins(decisions.probability, SCORE_BINS, decisions.threshold[:1])
    reasons = _reasons(decided_frame, decisions, subject, seed)
    decided = decided_of(decisions, score, subject.costs)
    return Reference(
        source=source or f"the {len(frame):,} clients of the training; decisions on {decided.clients:,} held-out ones",
        clients=len(frame),
        fields=fields,
        inputs=tuple(name for name in names if name in subject.inputs),
        score=score,
        decided=decided,
        threshold=float(decisions.threshold[0]),
        reasons=dict(Counter(code for codes in reasons for code in codes).most_common()),
        explained=len(reasons),
        repeated=len(hashes) - len(np.unique(hashes)),
        groups=tuple(
            GroupReference(
                group,
                int(inside[place].sum()),
                {name: counts[place] for name, counts in of_groups.items()},
                decided_of(decisions.of(_inside(group, decided_frame, subject.contract)), score, subject.costs),
            )
            for place, group in enumerate(groups)
        ),
    )


def decided_of(decisions: Decisions, score: Bins, costs: Costs) -> Decided:
    """What a reference keeps of decisions; the expected cost of none is 0."""
    numbers = np.bincount(decisions.outcome, minlength=len(OUTCOMES))
    cost = decisions.cost(costs)
    return Decided(
        outcomes=dict(zip(OUTCOMES, numbers.tolist(), strict=False)),
        scores=score.counts(decisions.probability)[: score.missing],
        expected_cost=float(cost.mean()) if len(cost) else 0.0,
        referred=score.counts(decisions.probability[decisions.referred])[: score.missing],
    )


def _decided(table: FeatureTable, unseen: np.ndarray, subject: Subject, seed: int) -> tuple[Decisions, pd.DataFrame]:
    """The decisions on clients chosen by chance, and their applications; without any that the contract refuses."""
    places = np.flatnonzero(unseen)
    if len(places) > MOST_DECIDED:
        places = np.sort(np.random.default_rng(seed).choice(places, MOST_DECIDED, replace=False))
    frame = table.frame.iloc[places][[table.lineage.id, *table.fields]].reset_index(drop=True)
    decisions = subject.deciding.decide(frame)
    decided = decisions.outcome < len(OUTCOMES)
    return decisions.of(decided), frame[decided].reset_index(drop=True)


def _reasons(frame: pd.DataFrame, decisions: Decisions, subject: Subject, seed: int) -> Sequence[tuple[str, ...]]:
    refused = np.flatnonzero(decisions.outcome == REFUSED)
    if len(refused) > MOST_EXPLAINED:
        refused = np.sort(np.random.default_rng(seed).choice(refused, MOST_EXPLAINED, replace=False))
    return subject.deciding.reasons(frame.iloc[refused].reset_index(drop=True)) if len(refused) else []


def _is_known(group: Group, contract: Contract) -> bool:
    return bool(contract.history) if group.field == HISTORY else group.field in contract.column_of


def _inside(group: Group, frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    history = [name for name in contract.history if name in frame]
    has_history = frame[history].notna().any(axis=1).to_numpy() if history else np.zeros(len(frame), bool)
    return members(group, lambda name: column_of(frame, name, name not in contract.categories), has_history)


def _bounds(column: object) -> tuple[float | None, float | None]:
    if not isinstance(column, np.ndarray) or np.isnan(column).all():
        return None, None
    return float(np.nanmin(column)), float(np.nanmax(column))
