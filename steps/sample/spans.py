"""Runs of rows of one client or loan: their lengths, owners and positions."""

import numpy as np


def counts(rng: np.random.Generator, appetite: np.ndarray, mean: float, shape: float) -> np.ndarray:
    """Draw heavy-tailed counts of at least 1: Poisson with a gamma-distributed rate that grows with appetite.

    `mean` is the mean count; a smaller `shape` gives a longer tail.
    """
    rate = rng.standard_gamma(shape, len(appetite)) / shape * np.exp(0.3 * appetite - 0.045)
    return 1 + rng.poisson((mean - 1) * rate)


def owners(lengths: np.ndarray) -> np.ndarray:
    """Return the index of each row's run: lengths 2, 1 give 0, 0, 1."""
    return np.repeat(np.arange(len(lengths)), lengths)


def positions(lengths: np.ndarray) -> np.ndarray:
    """Return each row's position in its run: lengths 2, 3 give 0, 1, 0, 1, 2."""
    starts = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) - np.repeat(starts, lengths)


def mean_by(owner: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the mean of the values of each of n owners; NaN where an owner has no row."""
    rows = np.bincount(owner, minlength=n)
    with np.errstate(invalid="ignore"):
        return np.bincount(owner, values, minlength=n) / rows


def unique_ids(rng: np.random.Generator, first: int, n: int, spread: float = 1.1) -> np.ndarray:
    """Draw n different numbers of at least `first`, in random order, with gaps between them."""
    ids = first + rng.permutation(np.arange(int(n * spread) + 1))[:n]
    return ids.astype(np.int64)
