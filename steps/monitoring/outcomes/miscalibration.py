"""Defaults against those expected: their ratio, and how surprising it is where a miscalibration is tolerated."""

from math import ceil, floor

import numpy as np

from steps.evaluation.report.document import Estimate
from steps.quality.poisson_binomial import tails

ROUNDING = 1e-6  # of a default: sums of probabilities are whole numbers but for their last digits


def p_of_miscalibration(probability: np.ndarray, defaults: int, tolerated: float) -> float:
    """The chance of defaults so far from those expected, to either side, where all probabilities are `tolerated` off.

    By the distribution of the sum (Poisson-binomial). Of 1,000 loans at 0.05, with 0.1 tolerated, 80 defaults have
    0.0006: 55 are tolerated.
    """
    expected = float(probability.sum())
    if abs(defaults - expected) <= tolerated * expected + ROUNDING:
        return 1.0
    side = 1.0 if defaults > expected else -1.0
    farthest = np.minimum(probability * (1 + side * tolerated), 1.0)
    mirrored = 2 * expected - defaults  # as far on the other side
    few, many = (floor(mirrored + ROUNDING), defaults) if side > 0 else (defaults, ceil(mirrored - ROUNDING))
    return min(1.0, sum(tails(farthest, few, many)))


def ratio_to_expected(defaults: int, expected: float) -> Estimate:
    """Defaults over those expected, with its 95 % interval (Garwood 1936), a little wide for high probabilities."""
    from scipy.stats import chi2

    if not expected:
        return Estimate(value=None)
    low = float(chi2.ppf(0.025, 2 * defaults)) / 2 if defaults else 0.0
    return Estimate(
        value=defaults / expected, low=low / expected, high=float(chi2.ppf(0.975, 2 * defaults + 2)) / 2 / expected
    )
