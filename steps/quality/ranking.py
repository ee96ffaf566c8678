"""How well probabilities rank clients: the Kolmogorov-Smirnov distance, and the sampling error of an AUC."""

from dataclasses import dataclass

import numpy as np

from custom_model.rates import QUANTILE
from steps.quality.bootstrap import Interval, one_thread, resamples


@dataclass(frozen=True)
class Auc:
    """An AUC with its standard error (DeLong 1988).

    The error is None where the clients do not tell it: one has an outcome alone, or every pair is won, or lost.
    """

    value: float
    error: float | None

    @property
    def interval(self) -> Interval | None:
        if self.error is None:
            return None
        return max(0.0, self.value - QUANTILE * self.error), min(1.0, self.value + QUANTILE * self.error)


def kolmogorov_smirnov(probability: np.ndarray, target: np.ndarray) -> float:
    """The largest distance between the shares of defaults and of good clients above a score.

    Probabilities 0.1, 0.2, 0.3, 0.4 and outcomes 0, 1, 0, 1 give 0.5: from 0.2 on all defaults and half of the good.
    """
    bad, good = _by_score(probability, target)
    return float(np.abs(np.cumsum(bad) / bad.sum() - np.cumsum(good) / good.sum()).max())


def ranking_intervals(probability: np.ndarray, target: np.ndarray, bootstraps: int, seed: int) -> dict[str, Interval]:
    """95 % percentile intervals of `ks` and `average_precision`, from clients who are sorted once and reweighted."""
    order = np.argsort(-probability, kind="stable")
    ranked, is_bad = probability[order], target[order] == 1
    last = np.flatnonzero(np.append(np.diff(ranked) < 0, True))  # of each run of equal probabilities
    with one_thread():
        # Resampled clients are as exchangeable in this order as in any other.
        drawn = np.array([_ks_and_precision(each, is_bad, last) for each in resamples(len(target), bootstraps, seed)])
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return {name: (float(low[at]), float(high[at])) for at, name in enumerate(("ks", "average_precision"))}


def auc_with_error(probability: np.ndarray, target: np.ndarray) -> Auc | None:
    """The AUC and its standard error; None where the clients have one outcome.

    The variance is that of each client's share of pairs won (DeLong, DeLong and Clarke-Pearson 1988), by ranks
    (Sun and Xu 2014).
    """
    bad = target == 1
    if bad.all() or not bad.any():
        return None
    wins, losses = shares_of_pairs(probability, bad)
    if min(len(wins), len(losses)) < 2:
        return Auc(float(wins.mean()), None)
    error = float(np.sqrt(wins.var(ddof=1) / len(wins) + losses.var(ddof=1) / len(losses)))
    return Auc(float(wins.mean()), error or None)


def shares_of_pairs(probability: np.ndarray, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of pairs that each client wins; a pair of equal probabilities counts half.

    Parameters
    ----------
    probability, bad
        (clients,) probabilities of default, and booleans of the defaults.

    Returns
    -------
    tuple of ndarray
        Of each default the share of good clients below it; of each good client the share of defaults above it. Defaults
        of 0.9 and 0.2 among good clients of 0.4 and 0.1: 1 and 1/2, and 1/2 and 1.
    """
    from scipy.stats import rankdata

    ranks = rankdata(probability)
    below = (ranks[bad] - rankdata(probability[bad])) / (~bad).sum()
    above = 1 - (ranks[~bad] - rankdata(probability[~bad])) / bad.sum()
    return below, above


def _by_score(probability: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of defaults and of good clients by distinct probability, ascending."""
    _, position = np.unique(probability, return_inverse=True)
    return np.bincount(position, target == 1), np.bincount(position, target == 0)


def _ks_and_precision(weights: np.ndarray, is_bad: np.ndarray, last: np.ndarray) -> tuple[float, float]:
    everyone, bad = np.cumsum(weights)[last], np.cumsum(weights * is_bad)[last]
    total, defaults = float(everyone[-1]), float(bad[-1])
    if not 0 < defaults < total:
        return np.nan, np.nan
    ks = float(np.abs(bad / defaults - (everyone - bad) / (total - defaults)).max())
    precision = float(np.diff(bad, prepend=0) @ (bad / np.maximum(everyone, 1)) / defaults)
    return ks, precision
