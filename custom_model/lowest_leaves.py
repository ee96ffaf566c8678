"""How far a booster's log-odds can fall when fields change: no tree gives less than its lowest leaf."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from custom_model.contributions.trees import Tree, Untabulated, trees_of
from custom_model.features import Features

if TYPE_CHECKING:
    import lightgbm as lgb


class LowestLeaves:
    """Some rows, and how far above the lowest leaf of each tree they are.

    Parameters
    ----------
    features : Features
        The booster's features.
    booster : lightgbm.Booster
        Where its trees cannot be read, a fall has no bound.
    matrix : numpy.ndarray
        (rows, features).
    """

    def __init__(self, features: Features, booster: "lgb.Booster", matrix: np.ndarray):
        self._features = features
        self._rows = len(matrix)
        self._trees: list[Tree] | None
        try:
            self._trees = trees_of(booster)
        except Untabulated:
            self._trees = None
            return
        self._uses = np.zeros((len(self._trees), len(features.names)), bool)
        self._above = np.zeros((len(matrix), len(self._trees)))
        leaves = np.asarray(booster.predict(matrix, pred_leaf=True, num_threads=1), np.intp).reshape(len(matrix), -1)
        for place, tree in enumerate(self._trees):
            self._uses[place, [split.feature for split in tree.splits]] = True
            self._above[:, place] = np.array(tree.values)[leaves[:, place]] - min(tree.values)

    def fall(self, fields: Collection[str]) -> np.ndarray:
        """(rows,) the most by which the booster's log-odds can fall, whatever these fields become."""
        if self._trees is None:
            return np.full(self._rows, np.inf)
        kept = set(self._features.without(fields))
        changed = [place for place, name in enumerate(self._features.names) if name not in kept]
        return self._above[:, self._uses[:, changed].any(axis=1)].sum(axis=1)
