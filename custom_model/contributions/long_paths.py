"""Contributions of leaves whose paths have too many conditions for a table, computed anew for each row."""

from collections.abc import Sequence

import numpy as np

from custom_model.contributions.atoms import Atoms
from custom_model.contributions.conditions import Leaf
from custom_model.contributions.shapley import shapley_values


class LongPaths:
    """The contributions of single leaves, at least one; shorter paths are padded with conditions that contribute 0."""

    def __init__(self, leaves: Sequence[Leaf]):
        shape = (max(len(leaf.conditions) for leaf in leaves), len(leaves))
        self._value = np.array([leaf.value for leaf in leaves])
        self._share = np.ones(shape)
        self._is_true = np.zeros(shape, bool)
        self._features = np.zeros(shape, np.intp)
        padded = np.full(shape, None, object)
        for place, leaf in enumerate(leaves):
            for row, condition in enumerate(leaf.conditions):
                padded[row, place], self._is_true[row, place] = condition.merged
                self._share[row, place] = condition.share
                self._features[row, place] = condition.feature
        self._atoms = Atoms(padded.ravel().tolist())

    def of(self, row: np.ndarray) -> np.ndarray:
        """(features,) of a (features,) row."""
        holds = self._atoms.of(row[None]).reshape(self._share.shape) == self._is_true
        values = shapley_values(self._value, self._share, holds.astype(float))
        return np.bincount(self._features.ravel(), weights=values.ravel(), minlength=len(row))
