"""The contributions of all trees: those of tabulated leaves, and those of leaves with long paths."""

import numpy as np

from custom_model.contributions.long_paths import LongPaths
from custom_model.contributions.sizing import Plan
from custom_model.contributions.tables import Tables

ROWS = 16  # of a block: its temporary arrays stay in the processor's cache


class Tabulated:
    """Contributions by a plan's tables; a row's bits do not depend on the matrix that it is in."""

    def __init__(self, plan: Plan):
        self._tables = Tables(plan.groups)
        self._long_paths = LongPaths(plan.left) if plan.left else None

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """(rows, features) of a (rows, features) matrix."""
        contributions = np.empty(matrix.shape)
        for start in range(0, len(matrix), ROWS):
            block = slice(start, start + ROWS)
            contributions[block] = self._tables.of(matrix[block])
        if self._long_paths:
            for row, values in enumerate(matrix):
                contributions[row] += self._long_paths.of(values)
        return contributions
