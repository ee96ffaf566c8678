"""A leaf's Shapley values in closed form: an integral of a polynomial (Yang 2021, Fast TreeSHAP, its second form).

With value v, shares z of the training rows that pass each condition, and o = 1 where a row fulfils it, else 0,

    contribution of condition j = v (o_j - z_j) * integral over t in [0, 1] of the product over i != j of
                                  t o_i + (1 - t) z_i

A polynomial of degree k - 1 for k conditions, on which Gauss-Legendre quadrature with k / 2 points, rounded up, is exact.
"""

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
    points, weights = np.polynomial.legendre.leggauss((len(share) + 1) // 2)
    integral: np.ndarray | float = 0.0
    for t, weight in zip((points + 1) / 2, weights / 2, strict=True):
        factors = t * holds + (1 - t) * share
        integral = integral + weight * np.multiply.reduce(factors, axis=0) / factors
    return value * (holds - share) * integral
