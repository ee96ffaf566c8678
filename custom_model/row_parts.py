"""The rows of a matrix in parts, each computed by a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np

LEAST_ROWS = 128  # of a part: a booster takes milliseconds for them, a thread a tenth of one to begin


class RowParts:
    """Computes rows by up to `threads` threads: of a function that releases Python's lock, on as many cores.

    A function of rows that do not depend on each other gives the same bits by any number of threads.
    """

    def __init__(self, threads: int = 1):
        self.threads = threads

    def compute(self, function: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray) -> np.ndarray:
        """The function of a (rows, columns) matrix, a row of its result for each."""
        parts = min(self.threads, len(matrix) // LEAST_ROWS)
        if parts < 2:
            return function(matrix)
        return np.concatenate([*self._pool.map(function, np.array_split(matrix, parts))])

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads, "rows")
