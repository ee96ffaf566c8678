"""Differences between two models on the same clients, with their intervals."""

import numpy as np
from scipy.stats import rankdata

from custom_model.costs import Costs
from steps.quality.figures import realised_cost

QUANTILE = 1.959964  # of the normal distribution, two-sided 95 %

Difference = tuple[float, float, float]
"""A mean with the ends of its 95 % interval."""


def cost_difference(
    one: np.ndarray, other: np.ndarray, target: np.ndarray, costs: Costs, bootstraps: int, seed: int
) -> Difference:
    """The mean cost per client of one model's decisions less that of the other's; positive: the first costs more.

    Two models' decisions differ in cells: refused by one and granted by the other, a default or a good client. A
    bootstrap of clients draws the numbers in these cells, which are multinomial.

    Parameters
    ----------
    one, other
        (clients,) booleans: refused.
    target
        (clients,) outcomes, 1 for a default.
    costs
        Costs of the two errors.
    bootstraps, seed
        Number of resamples, and their seed.
    """
    paid = realised_cost(one, target, costs) - realised_cost(other, target, costs)
    values, counts = np.unique(paid, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(paid), counts / len(paid), size=bootstraps) @ values / len(paid)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(paid.mean()), float(low), float(high)


def auc_difference(one: np.ndarray, other: np.ndarray, target: np.ndarray) -> Difference:
    """The AUC of one model's (clients,) probabilities less that of the other's (DeLong 1988).

    Raises
    ------
    ValueError
        Fewer than two defaults or two good clients.
    """
    bad = target == 1
    if min(bad.sum(), (~bad).sum()) < 2:
        raise ValueError("expected at least two defaults and two good clients")
    wins, losses = zip(*(_placements(scores, bad) for scores in (one, other)), strict=True)
    win, loss = wins[0] - wins[1], losses[0] - losses[1]
    error = np.sqrt(win.var(ddof=1) / len(win) + loss.var(ddof=1) / len(loss))
    mean = float(win.mean())
    return mean, float(mean - QUANTILE * error), float(mean + QUANTILE * error)


def _placements(probability: np.ndarray, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each default the share of good clients below it, for each good client the share of defaults above it."""
    ranks = rankdata(probability)
    wins = (ranks[bad] - rankdata(probability[bad])) / (~bad).sum()
    return wins, 1 - (ranks[~bad] - rankdata(probability[~bad])) / bad.sum()
