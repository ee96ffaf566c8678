"""Leaks: features that reveal the outcome, and are therefore unknown at the time of the decision."""

import numpy as np

from steps.quality.intervals import auc_of_groups
from steps.run.console import UserError
from steps.training.data import TrainingData

MAX_ROWS = 20_000  # enough to estimate an AUC
BINS = 20


def check_leaks(data: TrainingData, implausible: float, source: str, seed: int) -> None:
    """Raise `UserError` naming each feature that predicts default by itself with an AUC of `implausible` or more."""
    leaks = {
        name: auc for name, auc in zip(data.features.names, feature_aucs(data, seed), strict=True) if auc >= implausible
    }
    if leaks:
        names = ", ".join(f"{name} ({auc:.3f})" for name, auc in sorted(leaks.items(), key=lambda item: -item[1]))
        raise UserError(
            f"{source}: expected no single feature to predict default with an AUC of {implausible} or more, but these "
            f"do: {names}. Data known only after the loan must not be used: remove the column, or name it in "
            f"policy.yaml's excluded_fields; if it is known before, raise implausible_auc there"
        )


def feature_aucs(data: TrainingData, seed: int) -> list[float]:
    """The out-of-sample AUC of each feature alone, in the order of the features.

    The default rates of a feature's twentieths, categories and missing values are estimated on one half of at most
    20,000 rows and scored on the other half, and vice versa, so that an unordered scale or many levels do not inflate
    the AUC.
    """
    rows = np.random.default_rng(seed).permutation(len(data.target))[:MAX_ROWS]
    target = data.target[rows]
    return [_auc(_cells(data.matrix[rows, column]), target) for column in range(data.matrix.shape[1])]


def _cells(values: np.ndarray) -> np.ndarray:
    """(rows,) integers: the twentieth of each value, equal values together; 0 for a missing one."""
    known = values[~np.isnan(values)]
    levels = np.unique(known)
    edges = levels if len(levels) <= 10 * BINS else np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)))
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side="right"))


def _auc(cells: np.ndarray, target: np.ndarray) -> float:
    half = len(target) // 2
    first, second = slice(None, half), slice(half, None)
    return float(np.mean([_auc_of(cells, target, *pair) for pair in ((first, second), (second, first))]))


def _auc_of(cells: np.ndarray, target: np.ndarray, fitted: slice, scored: slice) -> float:
    size = cells.max() + 1
    overall = target[fitted].mean()
    # One more client of average risk in each cell: an empty cell predicts the average.
    rate = (np.bincount(cells[fitted], target[fitted], size) + overall) / (
        np.bincount(cells[fitted], minlength=size) + 1
    )
    rates, index = np.unique(rate, return_inverse=True)
    bad = np.bincount(index[cells[scored]], target[scored], len(rates))
    good = np.bincount(index[cells[scored]], 1 - target[scored], len(rates))
    return auc_of_groups(bad, good)
