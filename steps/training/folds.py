"""Folds of the cross-validation, the same for all models in a comparison."""

import numpy as np

Fold = tuple[np.ndarray, np.ndarray]


def stratified_folds(target: np.ndarray, folds: int, seed: int) -> list[Fold]:
    """(training rows, validation rows) of each fold; all folds have the same default rate.

    The same target, number of folds and seed give the same folds, so that models compare fold by fold.
    """
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.empty((len(target), 0)), target))
