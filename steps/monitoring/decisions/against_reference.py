"""A share or a mean of a window's decisions against the reference's, with a change that is tolerated."""

import numpy as np

from custom_model.rates import QUANTILE, wilson_interval
from steps.evaluation.report.document import Estimate
from steps.quality.many_tests import below

ROUNDING = 1e-6  # of a hit: products of shares are whole numbers but for their last digits
LARGE = 20_000  # decisions from which on the normal distribution is as good


def share_with_interval(hits: int, decisions: int) -> Estimate:
    """The share with its 95 % interval (Wilson 1927); without a value where there are no decisions."""
    if not decisions:
        return Estimate(value=None)
    low, high = wilson_interval(np.array([hits / decisions]), np.array([decisions]))
    return Estimate(value=hits / decisions, low=float(low[0]), high=float(high[0]))


def mean_with_interval(values: np.ndarray) -> Estimate:
    """The mean of (decisions,) values with its 95 % interval, of two or more."""
    if len(values) < 2:
        return Estimate(value=float(values.mean()) if len(values) else None)
    mean, half = float(values.mean()), QUANTILE * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(value=mean, low=mean - half, high=mean + half)


def p_of_increase(cost: np.ndarray, reference: float, clients: int, tolerated: float) -> float:
    """The probability of so high a mean cost where the true one exceeds the reference's by the share `tolerated`.

    The reference's mean is taken to have the spread of these costs over its own number of clients.
    """
    spread = float(cost.std(ddof=1)) * np.sqrt(1 / len(cost) + (1 + tolerated) ** 2 / clients)
    distance = float(cost.mean()) - (1 + tolerated) * reference
    return below(-distance / spread) if spread else float(distance <= 0)


def p_of_change(hits: int, decisions: int, then: int, clients: int, tolerated: float) -> float:
    """The probability of a share so far from the reference's, to either side, where the true change is `tolerated`.

    The reference's share is itself of so many clients, `then` hits of `clients`: hits of the window are beta-binomial.
    600 of 1,000 against 14,000 of 20,000, with 0.05 tolerated, have 0.0005: 650 were expected at the farthest.
    """
    reference = then / clients
    change = hits / decisions - reference
    side = 1.0 if change > 0 else -1.0
    beyond = reference + side * tolerated  # the share of the farthest true change
    if abs(change) <= tolerated or not 0 < beyond < 1:
        return 1.0
    mirrored = decisions * (reference - change)  # as far on the other side
    near, far = (hits, mirrored) if side > 0 else (mirrored, hits)  # the greater and the smaller number of hits
    greater, smaller = _tails(near, far, decisions, beyond, clients)
    return float(min(1.0, greater + smaller))


def _tails(greater: float, smaller: float, decisions: int, share: float, clients: int) -> tuple[float, float]:
    """The chance of at least `greater` hits, and of at most `smaller`."""
    from scipy.stats import betabinom, norm

    if decisions > LARGE:
        mean = decisions * share
        spread = np.sqrt(mean * (1 - share) * (1 + (decisions - 1) / (clients + 1)))
        return norm.sf((greater - 0.5 - mean) / spread), norm.cdf((smaller + 0.5 - mean) / spread)
    hits = betabinom(decisions, clients * share, clients * (1 - share))
    return hits.sf(np.ceil(greater - ROUNDING) - 1), hits.cdf(np.floor(smaller + ROUNDING))
