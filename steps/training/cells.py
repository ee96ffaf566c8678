"""Cells: the groups of a column's values by which it may tell the outcome, and how well they do out of sample."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steps.quality.intervals import auc_of_groups

BINS = 20
MISSING = 0  # the cell of missing values
LEAST_FITTED = 10  # clients of a cell that may count as certain
NEARLY = 0.95  # concordance in the fitted half of a cell that may count as certain


class Certain(NamedTuple):
    """The clients in cells that (nearly) always have the same outcome, counted out of sample.

    Parameters
    ----------
    clients : int
        Their number.
    rate : float
        Their default rate.
    concordance : float
        Share of the pairs of a default and a good client, one inside these cells and one outside, in which the cells
        name the default: odds ratio / (1 + odds ratio), (1 + Goodman and Kruskal's gamma) / 2.
    """

    clients: int
    rate: float
    concordance: float


def cells_of(values: np.ndarray, is_category: bool = False, bins: int = BINS) -> np.ndarray:
    """(rows,) integers: the quantile group of each value, equal values together, or its level; 0 for a missing one.

    A value that is a bound of groups has a cell of its own: a payment of 0 is none of the small ones.
    """
    known = values[~np.isnan(values)]
    levels = np.unique(known)
    is_short = is_category or len(levels) <= (10 * bins if bins == BINS else bins)
    edges = levels if is_short else np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)))
    position = np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), MISSING, 1 + position)


def auc_of(cells: np.ndarray, target: np.ndarray) -> float:
    """The out-of-sample AUC: rates of one half's cells score the other half, and vice versa."""
    return float(np.mean([_auc_of(cells, target, *halves) for halves in _halves(len(target))]))


def certain(cells: np.ndarray, target: np.ndarray) -> list[Certain]:
    """The clients who certainly default, and those who certainly do not, the more certain first.

    They are found in one half and counted in the other.
    """
    size = int(cells.max()) + 1
    tables = np.zeros((2, 4))
    for fitted, scored in _halves(len(target)):
        bad, good = _counts(cells[fitted], target[fitted], size)
        concordance = _concordance(bad, good, bad.sum() - bad, good.sum() - good)
        many = bad + good >= LEAST_FITTED
        bad, good = _counts(cells[scored], target[scored], size)
        for table, chosen in zip(tables, (concordance >= NEARLY, 1 - concordance >= NEARLY), strict=True):
            chosen = chosen & many
            table += bad[chosen].sum(), good[chosen].sum(), bad[~chosen].sum(), good[~chosen].sum()
    found = []
    for turned, table in zip((False, True), tables, strict=True):
        clients = int(table[0] + table[1])
        named = float(_concordance(*table))
        rate = float(table[0] / clients) if clients else 0.0
        found.append(Certain(clients, rate, 1 - named if turned else named))
    # Of two cells, either is told by the other: the one of which more is known comes first.
    return sorted(found, key=lambda each: min(each.rate, 1 - each.rate))


def _halves(rows: int) -> Iterator[tuple[slice, slice]]:
    first, second = slice(None, rows // 2), slice(rows // 2, None)
    yield first, second
    yield second, first


def _auc_of(cells: np.ndarray, target: np.ndarray, fitted: slice, scored: slice) -> float:
    size = int(cells.max()) + 1
    overall = target[fitted].mean()
    # One more client of average risk in each cell: an empty cell predicts the average.
    bad, good = _counts(cells[fitted], target[fitted], size)
    rates, index = np.unique((bad + overall) / (bad + good + 1), return_inverse=True)
    return auc_of_groups(*_counts(index[cells[scored]], target[scored], len(rates)))


def _counts(cells: np.ndarray, target: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(cells,) defaults and good clients."""
    bad = np.bincount(cells, target, size)
    return bad, np.bincount(cells, minlength=size) - bad


def _concordance(bad: np.ndarray, good: np.ndarray, other_bad: np.ndarray, other_good: np.ndarray) -> np.ndarray:
    """Half a client more in each count: an empty one is no proof."""
    ratio = (bad + 0.5) * (other_good + 0.5) / ((good + 0.5) * (other_bad + 0.5))
    return ratio / (1 + ratio)
