"""The reference of a version under other costs: the same clients and scores, decided by another threshold."""

from dataclasses import replace

import numpy as np

from custom_model.costs import Costs, is_refused
from steps.monitoring.bins import Bins
from steps.monitoring.reference import Decided, Reference
from steps.quality.figures import expected_cost


def under_other_costs(reference: Reference, before: Costs, costs: Costs, source: str) -> Reference:
    """The reference with the decisions that other costs give to its scores, and another `source`.

    Scores are kept in bins: a bin with a new bound in it is divided as if its clients lay evenly in it, so that a share
    of clients is true to about half a percent. Whom a rule of the policy refers or refuses in place of the threshold
    stays so. Reasons are those of the former refusals.
    """
    if costs == before:
        return replace(reference, source=source)
    score = Bins(tuple(sorted({*(reference.score.edges or ()), *_bounds(costs)})))

    def decided(former: Decided) -> Decided:
        return _decided(former, reference.score, score, before, costs)

    return replace(
        reference,
        source=source,
        score=score,
        threshold=costs.threshold,
        decided=decided(reference.decided),
        groups=tuple(replace(each, decided=decided(each.decided)) for each in reference.groups),
    )


def valued_at(reference: Reference, before: Costs, costs: Costs) -> Reference:
    """The reference with the same decisions, and their expected cost at other costs, as traffic decided alike has it.

    A version decides by the costs that it was made with, and policy.yaml may have others since: at those its traffic
    would be held against what the decisions cost before. Mean costs change in proportion to those of the scores' bins,
    true to about a percent.
    """
    if costs == before:
        return reference

    def valued(decided: Decided) -> Decided:
        then, now = (_cost_of(decided, reference, each) for each in (before, costs))
        return replace(decided, expected_cost=decided.expected_cost * now / then if then else decided.expected_cost)

    return replace(
        reference,
        source=f"{reference.source}, at today's costs {costs.false_negative:g} : {costs.false_positive:g}",
        decided=valued(reference.decided),
        groups=tuple(replace(each, decided=valued(each.decided)) for each in reference.groups),
    )


def _cost_of(decided: Decided, reference: Reference, costs: Costs) -> float:
    """The summed expected cost of decisions as they were made."""
    middles = _middles(reference.score)
    referred = np.zeros(len(decided.scores), np.int64) if decided.referred is None else decided.referred
    by_threshold = decided.scores - referred
    refused = np.where(is_refused(middles, reference.threshold), by_threshold, 0)
    granted = by_threshold - refused
    by_rule = decided.outcomes.get("refused", 0) - int(refused.sum())
    also_refused = min(max(by_rule, 0), int(granted.sum()))
    return _cost(middles, (granted, refused, referred), also_refused, reference.threshold, costs)


def _bounds(costs: Costs) -> list[float]:
    """The probabilities at which the decision changes."""
    if costs.review is None:
        return [costs.threshold]
    return [costs.threshold, costs.review / costs.false_negative, 1 - costs.review / costs.false_positive]


def _decided(former: Decided, old: Bins, new: Bins, before: Costs, costs: Costs) -> Decided:
    was_referred = np.zeros(len(former.scores), np.int64) if former.referred is None else former.referred
    by_rule = np.where(before.needs_review(_middles(old)), 0, was_referred)
    refused_by_threshold = (former.scores - was_referred)[is_refused(_middles(old), before.threshold)].sum()
    also_refused = former.outcomes.get("refused", 0) - int(refused_by_threshold)  # by a rule, of lower scores

    middles = _middles(new)
    others = _divided(former.scores - by_rule, old, new)
    by_rule = _divided(by_rule, old, new)
    referred = by_rule + np.where(costs.needs_review(middles), others, 0)
    by_threshold = others + by_rule - referred
    refused = np.where(is_refused(middles, costs.threshold), by_threshold, 0)
    granted = by_threshold - refused
    also_refused = min(max(also_refused, 0), int(granted.sum()))
    cost = _cost(middles, (granted, refused, referred), also_refused, costs.threshold, costs)
    clients = int(former.scores.sum())
    return Decided(
        outcomes={
            "granted": int(granted.sum()) - also_refused,
            "refused": int(refused.sum()) + also_refused,
            "referred": int(referred.sum()),
        },
        scores=others + by_rule,
        expected_cost=cost / clients if clients else 0.0,
        referred=referred,
    )


def _cost(
    middles: np.ndarray,
    numbers: tuple[np.ndarray, np.ndarray, np.ndarray],
    also_refused: int,
    threshold: float,
    costs: Costs,
) -> float:
    """The summed expected cost of (score bins,) numbers granted, refused and referred.

    Those referred are decided by the threshold where a review has no cost; `also_refused` of those granted are refused.
    """
    granted, refused, referred = numbers
    none, everyone = np.zeros(len(middles), bool), np.ones(len(middles), bool)
    parts = (
        (granted, none, none),
        (refused, everyone, none),
        (referred, np.asarray(is_refused(middles, threshold)), everyone),
    )
    cost = sum(
        float((expected_cost(middles, refuses, costs, refers) * number).sum()) for number, refuses, refers in parts
    )
    if also_refused:
        typical = float((middles * granted).sum() / granted.sum())
        cost += also_refused * (costs.refused(typical) - costs.granted(typical))
    return cost


def _middles(bins: Bins) -> np.ndarray:
    """(score bins,) the middle of each, between 0 and 1."""
    bounds = np.clip([0.0, *(bins.edges or ()), 1.0], 0.0, 1.0)
    return (bounds[:-1] + bounds[1:]) / 2


def _divided(counts: np.ndarray, old: Bins, new: Bins) -> np.ndarray:
    """(new score bins,) of (old score bins,) counts: each new bin lies in an old one."""
    bounds = np.clip([0.0, *(new.edges or ()), 1.0], 0.0, 1.0)
    old_bounds = np.clip([0.0, *(old.edges or ()), 1.0], 0.0, 1.0)
    below = np.interp(bounds, old_bounds, np.concatenate([[0], np.cumsum(counts)]))
    return np.diff(np.rint(below)).astype(np.int64)
