"""A leaf's Shapley values in closed form: an integral of a polynomial (Yang 2021, Fast TreeSHAP, its second form).

With value v, shares z of the training rows that pass each condition, and o = 1 where a row fulfils it, else 0,

    contribution of condition j = v (o_j - z_j) * integral over t in [0, 1] of the product over i != j of
                                  t o_i + (1 - t) z_i

A polynomial of degree k - 1 for k conditions: Gauss-Legendre quadrature with k / 2 points, rounded up, is exact.
"""

from functools import lru_cache

import numpy as np


def shapley_values(value: np.ndarray, share: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Contributions of a leaf's conditions.

    Parameters
    ----------
    value : numpy.ndarray
        Of shape (...): the values of leaves.
    share : numpy.ndarray
        Of shape (conditions, ...): shares of the training rows, above 0. A share of 1 pads a shorter path.
    holds : numpy.ndarray
        Of shape (conditions, ...): 1 for a condition that holds, else 0.

    Returns
    -------
    numpy.ndarray
        Of the shape of all broadcast. A sum over the conditions is the value of the leaf that the row is in, or 0,
        less the mean over the training rows.
    """
    t, weight = (each.reshape(-1, *[1] * holds.ndim) for each in _quadrature((len(share) + 1) // 2))
    factors = t * holds + (1 - t) * share
    product = weight * np.multiply.reduce(factors, axis=1, keepdims=True)
    return value * (holds - share) * np.add.reduce(product / factors, axis=0)


@lru_cache
def _quadrature(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return (points + 1) / 2, weights / 2
