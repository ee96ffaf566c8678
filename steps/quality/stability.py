"""The population stability index: how far scores of one population lie from those of another."""

from dataclasses import dataclass

import numpy as np

BINS = 10
ALIKE, SHIFTED = 0.1, 0.25  # Siddiqi 2006, Credit Risk Scorecards, chapter 8


@dataclass(frozen=True)
class Stability:
    """The shares of two populations in tenths of the first one's scores.

    Parameters
    ----------
    edges : list of float
        The inner bounds of the tenths, ascending; equal ones are one.
    expected, actual : list of float
        Share of each population in each tenth.
    index : float
        Sum of (actual - expected) ln(actual / expected) over the tenths, 0 for equal shares.
    """

    edges: list[float]
    expected: list[float]
    actual: list[float]
    index: float

    @property
    def words(self) -> str:
        """The index in words: alike, shifted, or another population."""
        return in_words(self.index)


def in_words(index: float, by_chance: float = 0.0) -> str:
    """An index in words: alike, shifted, or another population; one within what chance gives is alike."""
    return "alike" if index < max(ALIKE, by_chance) else "shifted" if index < SHIFTED else "another population"


def stability(expected: np.ndarray, actual: np.ndarray) -> Stability:
    """The stability of (rows,) actual scores against (rows,) expected ones; neither may be empty.

    Half a client more in each tenth: an empty one would make the index infinite. Shares of 0.5 and 0.5 against 0.4 and
    0.6 give 0.1 ln(1.25) + 0.1 ln(1.2) = 0.041.
    """
    edges = tenths(expected)
    counts = [in_tenths(scores, edges) for scores in (expected, actual)]
    shares = [_shares(each) for each in counts]
    return Stability(edges.tolist(), shares[0].tolist(), shares[1].tolist(), index_of(*counts))


def tenths(scores: np.ndarray) -> np.ndarray:
    """The inner bounds of the tenths of (rows,) scores, ascending; equal ones are one."""
    return np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]))


def in_tenths(scores: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(edges + 1,) numbers of the scores between these bounds."""
    return np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1)


def index_of(expected: np.ndarray, actual: np.ndarray) -> float:
    """The population stability index of two populations' (bins,) numbers, with half a client more in each bin."""
    one, other = _shares(expected), _shares(actual)
    return float(((other - one) * np.log(other / one)).sum())


def index_by_chance(bins: int, expected: int, actual: int) -> float:
    """The index that two samples of one population stay under in 95 of 100 cases (Yurdakul 2018).

    It is (1/n + 1/m) times the 95 % quantile of the chi-square with `bins` - 1 degrees of freedom: of 10 bins and
    samples of 500 and 2,000, 0.042.
    """
    from scipy.stats import chi2

    return float((1 / expected + 1 / actual) * chi2.ppf(0.95, max(bins - 1, 1)))


def _shares(counts: np.ndarray) -> np.ndarray:
    smoothed = counts + 0.5
    return smoothed / smoothed.sum()
