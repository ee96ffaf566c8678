"""The rows of a matrix in parts, each computed by a thread of its own."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

LEAST_ROWS = 128  # of a part: a booster takes milliseconds for them, a thread a tenth of one to begin


class RowParts:
    """Computes rows by up to `threads` threads: of a function that releases Python's lock, on as many cores.

    A function of rows that do not depend on each other gives the same bits by any number of threads.
    """

    def __init__(self, threads: int = 1):
        self.threads = threads
        self._pool: tuple[int, ThreadPoolExecutor] | None = None  # and the process whose threads they are

    def compute(self, function: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray) -> np.ndarray:
        """The function of a (rows, columns) matrix, a row of its result for each."""
        parts = min(self.threads, len(matrix) // LEAST_ROWS)
        if parts < 2:
            return function(matrix)
        try:
            computed = self._threads().map(function, np.array_split(matrix, parts))
        except RuntimeError:  # none can start, at the system's limit or at the interpreter's end
            return function(matrix)
        return np.concatenate([*computed])

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None and self._pool[0] == os.getpid():
            self._pool[1].shutdown()

    def _threads(self) -> ThreadPoolExecutor:
        """The threads, which begin with the first rows for them; a forked process begins its own: it has none."""
        pool, process = self._pool, os.getpid()
        if pool is None or pool[0] != process:
            pool = self._pool = process, ThreadPoolExecutor(self.threads, "rows")
        return pool[1]
