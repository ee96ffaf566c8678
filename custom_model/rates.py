"""Rates of clients, with intervals that hold for few clients, too."""

import numpy as np

QUANTILE = 1.959964  # of the normal distribution, two-sided 95 %


def wilson_interval(rate: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals (Wilson 1927) of observed rates on (bins,) clients.

    0 of 100 gives 0 to 0.037, 10 of 100 gives 0.055 to 0.174.
    """
    square = QUANTILE**2
    middle = (rate + square / (2 * size)) / (1 + square / size)
    half = QUANTILE * np.sqrt(rate * (1 - rate) / size + square / (4 * size**2)) / (1 + square / size)
    return np.minimum(np.maximum(middle - half, 0.0), rate), np.maximum(np.minimum(middle + half, 1.0), rate)
