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
        return "alike" if self.index < ALIKE else "shifted" if self.index < SHIFTED else "another population"


def stability(expected: np.ndarray, actual: np.ndarray) -> Stability:
    """The stability of (rows,) actual scores against (rows,) expected ones; neither may be empty.

    Half a client more in each tenth: an empty one would make the index infinite. Shares of 0.5 and 0.5 against 0.4 and
    0.6 give 0.1 ln(1.25) + 0.1 ln(1.2) = 0.041.
    """
    edges = np.unique(np.quantile(expected, np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = [_shares(scores, edges) for scores in (expected, actual)]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return Stability(edges.tolist(), shares[0].tolist(), shares[1].tolist(), index)


def _shares(scores: np.ndarray, edges: np.ndarray) -> np.ndarray:
    counts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1) + 0.5
    return counts / counts.sum()
