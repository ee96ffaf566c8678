"""What the decisions on clients cost on average, with an interval that holds for few clients, too."""

import numpy as np

from custom_model.rates import wilson_interval


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
