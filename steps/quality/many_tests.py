"""Correction for looking at many groups at once (Holm 1979)."""

from collections.abc import Sequence
from math import erfc, sqrt

import numpy as np


def two_sided(z: float) -> float:
    """The p-value of a standard normal statistic: 1.96 gives 0.05."""
    return erfc(abs(z) / sqrt(2))


def below(z: float) -> float:
    """The p-value of a standard normal statistic against a true value that is not below: -1.64 gives 0.05."""
    return erfc(-z / sqrt(2)) / 2


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in their order: the chance of any false alarm among all of them stays below the level.

    The smallest is multiplied by the number of tests, the next by one less, and none is below one before it: 0.01,
    0.04, 0.03 give 0.03, 0.06, 0.06.
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted.tolist()
