"""Approval rates of protected groups, as ratios to the best group's: against the champion's, and in themselves."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from steps.evaluation.groups import ClientGroup
from steps.evaluation.on_holdout import Evaluation
from steps.gate.check import Check, signed
from steps.gate.many_groups import Beyond, Measured, beyond, how_sure
from steps.quality.ratios import FOUR_FIFTHS
from steps.run.policy import Gate

RESAMPLES = 2_000
FAIRER = (
    "see the report on protected attributes (`mlflow run . -e evaluate --env-manager local`); exclude fields that "
    "stand for the attribute, or keep the champion"
)


def check_ratio_decreases(
    candidate: Evaluation, champion: Evaluation, groups: Sequence[ClientGroup], bounds: Gate, seed: int
) -> tuple[Check | None, dict[str, float]]:
    """No group's ratio falls below the champion's by more than the bound, beyond doubt.

    Ratios of a lender's groups differ as their default rates do, and a bound for the ratio itself would refuse every
    version of a lender whose young clients default twice as often: so a version must not make it worse.

    Parameters
    ----------
    candidate, champion
        On the same clients.
    groups
        The groups of protected attributes, those of one attribute next to each other; without any there is no check.
    bounds
        `worst_approval_ratio_decrease`.
    seed
        Seed of the resamples.
    """
    decreases = list(_ratios(candidate, champion, groups, seed, is_decrease=True))
    if not decreases:
        return None, {}
    bound = bounds.worst_approval_ratio_decrease
    found = beyond(decreases, bound)
    worst = _worst(found, decreases)
    check = Check(
        "approval ratios against the champion",
        not found.failing,
        f"{signed(-worst.value)} at worst ({worst.name}, {worst.group.clients:,} clients)",
        f"none falls by more than {bound:.3f} beyond doubt",
        how_sure(found, len(decreases), len(candidate.target), bound),
        FAIRER,
    )
    return check, {"approval_ratio_decrease_worst": worst.value}


def check_least_ratio(
    candidate: Evaluation, groups: Sequence[ClientGroup], bounds: Gate, seed: int
) -> tuple[Check | None, dict[str, float]]:
    """The least ratio of all groups; with the policy's `least_approval_ratio`, a check that none is below it.

    Without that bound there is no check, and the ratio is a metric alone.
    """
    # Negative, as everything that is worse when higher.
    ratios = list(_ratios(candidate, candidate, groups, seed, is_decrease=False))
    if not ratios:
        return None, {}
    least = -max(each.value for each in ratios)
    below = sum(-each.value < FOUR_FIFTHS for each in ratios)
    metrics = {"approval_ratio_least": least, "groups_below_four_fifths": float(below)}
    bound = bounds.least_approval_ratio
    if bound is None:
        return None, metrics
    found = beyond(ratios, -bound)
    worst = _worst(found, ratios)
    check = Check(
        "approval ratios",
        not found.failing,
        f"{-worst.value:.3f} of the best group's at least ({worst.name}, {worst.group.clients:,} clients)",
        f"none below {bound:.3f} beyond doubt",
        how_sure(found, len(ratios), len(candidate.target), 0.0),
        FAIRER,
    )
    return check, metrics


def _worst(found: Beyond, measured: Sequence[Measured]) -> Measured:
    return max([each for each, _ in found.failing] or measured, key=lambda each: each.value)


def _ratios(
    candidate: Evaluation, champion: Evaluation, groups: Sequence[ClientGroup], seed: int, is_decrease: bool
) -> Iterator[Measured]:
    """For each group of an attribute with several: how far its ratio falls, or its ratio with a minus.

    The errors are those of resampled clients, and so have the best group's noise, and that it may be another. Each
    group's clients are of four cells, approved by both, one or none: their numbers are multinomial.
    """
    generator = np.random.default_rng(seed)
    approved = np.column_stack([~candidate.refused, ~champion.refused])
    for _, members_of in groupby(groups, key=lambda each: each.attribute):
        attribute = list(members_of)
        if len(attribute) < 2:
            continue
        rates = np.array([approved[each.members].mean(axis=0) for each in attribute])  # (groups, 2)
        drawn = np.array([_resampled(approved[each.members], generator) for each in attribute])  # (groups, draws, 2)
        figures, errors = (
            (_decrease(rates), _decrease(drawn).std(axis=-1))
            if is_decrease
            else (-_ratio(rates)[..., 0], _ratio(drawn)[..., 0].std(axis=-1))
        )
        yield from (
            Measured(each, float(figure), float(error))
            for each, figure, error in zip(attribute, figures, errors, strict=True)
        )


def _resampled(approved: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(draws, 2) approval rates of resampled clients, of (clients, 2) approvals by candidate and champion."""
    clients = len(approved)
    counts = np.bincount(2 * approved[:, 0] + approved[:, 1], minlength=4)  # none, champion, candidate, both
    drawn = generator.multinomial(clients, counts / clients, size=RESAMPLES)
    return np.column_stack([drawn[:, 2] + drawn[:, 3], drawn[:, 1] + drawn[:, 3]]) / clients


def _ratio(rates: np.ndarray) -> np.ndarray:
    """Rates over the best of the first axis; 1 where nobody is approved."""
    best = rates.max(axis=0)
    return np.divide(rates, best, out=np.ones_like(rates), where=best > 0)


def _decrease(rates: np.ndarray) -> np.ndarray:
    ratios = _ratio(rates)
    return ratios[..., 1] - ratios[..., 0]
