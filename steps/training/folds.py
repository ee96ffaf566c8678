"""The folds of the cross-validation: the same for every model that is compared."""

import numpy as np
from sklearn.model_selection import StratifiedKFold

Fold = tuple[np.ndarray, np.ndarray]


def stratified_folds(target: np.ndarray, folds: int, seed: int) -> list[Fold]:
    """(training rows, held rows) of each fold, with the same default rate in each.

    The same target, number and seed give the same folds, so that models compare fold by fold.
    """
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.empty((len(target), 0)), target))
