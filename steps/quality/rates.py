"""Rates of clients, and what their decisions cost, with intervals that hold for few clients, too."""

import numpy as np

QUANTILE = 1.959964  # of the normal distribution, two-sided 95 %


def wilson_interval(rate: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals of observed rates on (bins,) clients: 0 of 100 gives 0 to 0.037, 10 of 100 0.055 to 0.174."""
    square = QUANTILE**2
    middle = (rate + square / (2 * size)) / (1 + square / size)
    half = QUANTILE * np.sqrt(rate * (1 - rate) / size + square / (4 * size**2)) / (1 + square / size)
    return np.minimum(np.maximum(middle - half, 0.0), rate), np.maximum(np.minimum(middle + half, 1.0), rate)


def mean_of_cells(costs: np.ndarray, possible: tuple[float, ...]) -> tuple[float, float, float]:
    """The mean of (clients,) costs with the ends of its 95 % interval, from the rate of each `possible` cost above 0.

    The ends of the rates' Wilson intervals are added up by their squares (Zou and Donner 2008). 20 clients without a
    cost, where costs of 10 and 1 are possible, give 0, 0 to 1.6: the spread of equal costs would give 0 to 0.
    """
    values = np.array(sorted({each for each in possible if each > 0}))
    rates = (costs[:, None] == values).mean(axis=0)
    low, high = wilson_interval(rates, np.full(len(values), len(costs)))
    mean = float(costs.mean())
    below, above = (float(np.sqrt(((values * distance) ** 2).sum())) for distance in (rates - low, high - rates))
    return mean, mean - below, mean + above
