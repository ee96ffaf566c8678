"""Levels that the reference lacks, and missing values of a field that has none there: too few for chi-square."""

import numpy as np

from steps.monitoring.drift.merging import LEAST_EXPECTED, expected


def rare_p_values(
    reference: np.ndarray, window: np.ndarray, is_number: np.ndarray, tolerated: float
) -> tuple[np.ndarray, np.ndarray]:
    """The probability that so many of a rare bin's requests, or more, are in the window.

    Two in a hundred requests of a new kind are certain to be new, but so few are expected of it that its bin is merged
    with others. Of all that are in such a bin, those in the window are binomial.

    Parameters
    ----------
    reference, window
        (fields, bins) numbers; missing values are last, and other levels of a category before.
    is_number
        (fields,) booleans.
    tolerated
        What the two shares, of this bin and of all others, may differ by: sum of (p - q)^2 / pooled.

    Returns
    -------
    tuple
        (fields,) the smallest probability, 1 without a rare bin; and (fields,) how many bins it is the smallest of. Of
        500 requests and 100,000 clients, 3 of a kind, all in the window: (500 / 100,500)^3 = 1.2e-7.
    """
    clients, requests, fewest = reference.sum(axis=1), window.sum(axis=1), expected(reference, window)
    smallest, tested = np.ones(len(reference)), np.zeros(len(reference), int)
    for column, applies in ((-1, np.ones(len(is_number), bool)), (-2, ~is_number)):
        then, now = reference[:, column], window[:, column]
        both = then + now
        rows = np.flatnonzero(
            applies & (both > 0) & (fewest[:, column] < LEAST_EXPECTED) & (clients > 0) & (requests > 0)
        )
        p = _tail(then[rows], now[rows], clients[rows], requests[rows], tolerated)
        smallest[rows] = np.minimum(smallest[rows], p)
        tested[rows] += 1
    return smallest, tested


def _tail(then: np.ndarray, now: np.ndarray, clients: np.ndarray, requests: np.ndarray, tolerated: float) -> np.ndarray:
    """By row, the binomial tail; 1 where the window has no larger share."""
    from scipy.stats import binom

    total = clients + requests
    pooled = (then + now) / total
    difference = np.maximum(now / requests - then / clients, 0)
    found = difference**2 / (pooled * (1 - pooled))
    part = np.sqrt(np.minimum(1, tolerated / np.maximum(found, 1e-300)))
    share = np.minimum(requests * (pooled + clients / total * part * difference) / (then + now), 1)
    return np.where(difference > 0, binom.sf(now - 1, then + now, share), 1.0)
