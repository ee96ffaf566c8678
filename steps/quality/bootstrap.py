"""The bootstrap: intervals from resampled clients."""

from collections.abc import Callable, Iterator

import numpy as np

Interval = tuple[float, float]


def resamples(rows: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """`count` bootstrap samples, each as (rows,) integers: the number of times that a row was drawn."""
    generator = np.random.default_rng(seed)
    for _ in range(count):
        yield np.bincount(generator.integers(rows, size=rows), minlength=rows)


def interval(statistic: Callable[[np.ndarray], float], rows: int, count: int, seed: int) -> Interval:
    """The 95 % percentile interval of a statistic of weighted rows."""
    values = [statistic(weights) for weights in resamples(rows, count, seed)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
