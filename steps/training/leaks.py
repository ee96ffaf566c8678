"""Leaks: features that know the outcome, and so would not be there when an application is decided about."""

import numpy as np

from steps.quality.intervals import auc_of_groups
from steps.run.console import UserError
from steps.training.data import TrainingData

ENOUGH_ROWS = 20_000
BINS = 20


def refuse_leaks(data: TrainingData, implausible: float, source: str, seed: int) -> None:
    """Raise `UserError` naming each feature that orders clients by default with an AUC of `implausible` or more."""
    found = {
        name: auc for name, auc in zip(data.features.names, feature_aucs(data, seed), strict=True) if auc >= implausible
    }
    if found:
        said = ", ".join(f"{name} ({auc:.3f})" for name, auc in sorted(found.items(), key=lambda item: -item[1]))
        raise UserError(
            f"{source}: expected no single feature to tell defaults with an AUC of {implausible} or more, and these "
            f"do: {said}. What is known only after the loan must not be in the data: take it out, or name it in "
            f"policy.yaml's excluded_fields; if it is known before, raise implausible_auc there"
        )


def feature_aucs(data: TrainingData, seed: int) -> list[float]:
    """The AUC of each feature alone, as it would tell clients it has not seen.

    The default rate of a feature's twentieths, categories and gaps is taken from one half of at most 20,000 rows
    and judged on the other, both ways: so neither a scale without order nor many levels deceive.
    """
    rows = np.random.default_rng(seed).permutation(len(data.target))[:ENOUGH_ROWS]
    target = data.target[rows]
    return [_auc(_cells(data.matrix[rows, column]), target) for column in range(data.matrix.shape[1])]


def _cells(values: np.ndarray) -> np.ndarray:
    """(rows,) integers: the twentieth that a value lies in, equal values together, and 0 where there is none."""
    known = values[~np.isnan(values)]
    levels = np.unique(known)
    edges = levels if len(levels) <= 10 * BINS else np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)))
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side="right"))


def _auc(cells: np.ndarray, target: np.ndarray) -> float:
    half = len(target) // 2
    first, second = slice(None, half), slice(half, None)
    return float(np.mean([_auc_of(cells, target, *pair) for pair in ((first, second), (second, first))]))


def _auc_of(cells: np.ndarray, target: np.ndarray, learn: slice, judge: slice) -> float:
    size = cells.max() + 1
    overall = target[learn].mean()
    # As if each cell had held one more client, of the average risk: an empty cell says nothing.
    rate = (np.bincount(cells[learn], target[learn], size) + overall) / (np.bincount(cells[learn], minlength=size) + 1)
    rates, place = np.unique(rate, return_inverse=True)
    bad = np.bincount(place[cells[judge]], target[judge], len(rates))
    good = np.bincount(place[cells[judge]], 1 - target[judge], len(rates))
    return auc_of_groups(bad, good)
