"""Pairs of fields that tell the outcome together: by the cells of both, and by which of the two is greater."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from steps.run.background import Background
from steps.training.cells import MISSING, auc_of, cells_of

MOST_COLUMNS = 300  # of which the pairs are looked at
MOST_ROWS = 6_000  # by which pairs are screened
BINS = 6
SIZE = BINS + 4  # cells of a screened column: a missing value, the groups, the values that bound them, the rest
MARGIN = 0.05  # of AUC by which the screening may be mistaken
MOST_CONFIRMED = 100


def pair_aucs(
    matrix: np.ndarray, target: np.ndarray, categorical: Sequence[bool], least: float
) -> Iterator[tuple[int, int, float]]:
    """The pairs of columns with an out-of-sample AUC of `least` or more.

    Parameters
    ----------
    matrix
        (rows, columns) values, categories as codes, in an order by chance.
    target
        (rows,) outcomes.
    categorical
        (columns,) whether a column has codes.
    least
        Their lowest AUC.

    Yields
    ------
    tuple
        Numbers of both columns, and the AUC on all rows of the cells of both, or of their difference or ratio.
    """
    numeric = np.flatnonzero(~np.asarray(categorical, bool))
    # Beside the other, which takes twice as long: NumPy's loops over many values do not hold the GIL.
    greater = Background(partial(_by_order, matrix[:MOST_ROWS, numeric], target[:MOST_ROWS]))
    screened = _by_cells(matrix[:MOST_ROWS], target[:MOST_ROWS], categorical)
    screened[np.ix_(numeric, numeric)] = np.maximum(screened[np.ix_(numeric, numeric)], greater.result())
    first, second = np.nonzero(screened >= least - MARGIN)
    order = np.argsort(-screened[first, second], kind="stable")[:MOST_CONFIRMED]
    for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        auc = _confirmed(matrix[:, one], matrix[:, other], categorical[one], categorical[other], target)
        if auc >= least:
            yield one, other, auc


def _by_cells(matrix: np.ndarray, target: np.ndarray, categorical: Sequence[bool]) -> np.ndarray:
    """(columns, columns) out-of-sample AUC by the cells of both columns; 0 on and below the diagonal."""
    columns = matrix.shape[1]
    cells = np.stack([_coarse(matrix[:, column], categorical[column]) for column in range(columns)], axis=1)
    half = len(target) // 2
    counts = [_joint(cells[rows], target[rows]) for rows in (slice(None, half), slice(half, None))]
    aucs = np.zeros((columns, columns))
    for one in range(columns - 1):
        rows, others = slice(one * SIZE, (one + 1) * SIZE), slice((one + 1) * SIZE, None)
        first, second = ((_by_pair(bad[rows, others]), _by_pair(good[rows, others])) for bad, good in counts)
        aucs[one, one + 1 :] = (_scored(first, second) + _scored(second, first)) / 2
    return aucs


def _coarse(values: np.ndarray, is_category: bool) -> np.ndarray:
    """(rows,) cells below `SIZE`, 0 for a missing value; of many its most frequent ones, and one for the others."""
    present, cells = np.unique(cells_of(values, is_category, BINS), return_inverse=True)
    cells = cells + (present[0] != MISSING)
    if cells.max() < SIZE:
        return cells
    counts = np.bincount(cells)
    counts[0] = 0
    numbers = np.full(len(counts), SIZE - 1)
    numbers[np.argsort(-counts, kind="stable")[: SIZE - 2]] = np.arange(1, SIZE - 1)
    numbers[0] = 0
    return numbers[cells]


def _joint(cells: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(columns x SIZE, columns x SIZE) defaults and good clients in each two cells; whole numbers, exact in float32."""
    indicators = (cells[:, :, None] == np.arange(SIZE)).reshape(len(cells), -1).astype(np.float32)
    bad, good = indicators[target == 1], indicators[target == 0]
    return bad.T @ bad, good.T @ good


def _by_pair(counts: np.ndarray) -> np.ndarray:
    """(others, SIZE x SIZE) from the (SIZE, others x SIZE) of one column with all others."""
    return counts.reshape(SIZE, -1, SIZE).transpose(1, 0, 2).reshape(-1, SIZE * SIZE)


def _scored(fitted: tuple[np.ndarray, np.ndarray], scored: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(pairs,) AUC of the scored clients, whose cells are in the order of the fitted rates."""
    bad, good = fitted
    overall = bad.sum(axis=1, keepdims=True) / (bad + good).sum(axis=1, keepdims=True)
    order = np.argsort((bad + overall) / (bad + good + 1), axis=1, kind="stable")
    bad, good = (np.take_along_axis(count, order, axis=1) for count in scored)
    pairs = (bad * (np.cumsum(good, axis=1) - good / 2)).sum(axis=1)
    return pairs / (bad.sum(axis=1) * good.sum(axis=1))


def _by_order(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(columns, columns) AUC by whether one column is less than, equal to or greater than the other."""
    columns = matrix.shape[1]
    bad, good = (np.ascontiguousarray(matrix[target == outcome].T) for outcome in (1, 0))
    aucs = np.zeros((columns, columns))
    for one in range(columns - 1):
        shares = [_shares(part[one], part[one + 1 :]) for part in (bad, good)]
        aucs[one, one + 1 :] = _of_three(*shares)
    return aucs


def _shares(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(3, others) shares of the clients whose value is less, equal, or neither."""
    less = np.count_nonzero(one < others, axis=1) / len(one)
    equal = np.count_nonzero(one == others, axis=1) / len(one)
    return np.stack([less, equal, 1 - less - equal])


def _of_three(bad: np.ndarray, good: np.ndarray) -> np.ndarray:
    """(pairs,) AUC of three cells with these shares of the defaults and of the good clients."""
    order = np.argsort(bad / np.maximum(bad + good, 1e-12), axis=0, kind="stable")
    bad, good = (np.take_along_axis(shares, order, axis=0) for shares in (bad, good))
    return (bad * (np.cumsum(good, axis=0) - good / 2)).sum(axis=0)


def _confirmed(one: np.ndarray, other: np.ndarray, is_one: bool, is_other: bool, target: np.ndarray) -> float:
    first, second = cells_of(one, is_one), cells_of(other, is_other)
    aucs = [auc_of(first * (int(second.max()) + 1) + second, target)]
    aucs.append(auc_of(_coarse(one, is_one) * SIZE + _coarse(other, is_other), target))  # of few clients, less noise
    if not is_one and not is_other:
        order = np.where(np.isnan(one) | np.isnan(other), 0, 2 + np.sign(one - other)).astype(np.int64)
        aucs.append(auc_of(order, target))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            related = (one - other, one / other)
        aucs += [auc_of(4 * cells_of(np.where(np.isfinite(each), each, np.nan)) + order, target) for each in related]
    return max(aucs)
