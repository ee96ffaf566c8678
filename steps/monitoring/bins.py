"""The bins of one field: intervals of a number, or levels of a category; then missing values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOST_COARSE = 10  # bins of a group's field, the one of missing values included


@dataclass(frozen=True)
class Bins:
    """How values of a field are counted.

    A number has one bin below the first edge, one from each edge up to the next, one from the last edge on, and one of
    missing values: edges 0 and 5 give 4 bins, and 5 is in the third. A category has one bin for each level, one for
    any other level, and one of missing values.

    Parameters
    ----------
    edges : tuple of float, or None
        Inner bounds of a number's bins, ascending; None for a category.
    levels : tuple of str
        The levels of a category; empty for a number.
    """

    edges: tuple[float, ...] | None
    levels: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.edges is not None

    @property
    def missing(self) -> int:
        """The place of the bin of missing values, the last one."""
        return len(self.edges) + 1 if self.edges is not None else len(self.levels) + 1

    @property
    def other(self) -> int | None:
        """The place of the bin of levels that the reference lacks; None for a number."""
        return None if self.is_number else len(self.levels)

    @property
    def size(self) -> int:
        return self.missing + 1

    def codes(self, column: np.ndarray | pa.Array) -> np.ndarray:
        """(rows,) the bin of each value.

        The column has (rows,) floats, NaN where missing, of a number; Arrow's texts, null where missing, of a category.
        """
        if isinstance(column, np.ndarray):
            codes = np.searchsorted(self._bounds, column, side="right")
            codes[np.isnan(column)] = self.missing
            return codes
        places = pc.index_in(column, value_set=pa.array(self.levels, pa.string()))
        codes = places.fill_null(len(self.levels)).to_numpy(zero_copy_only=False).astype(np.intp)
        codes[column.is_null().to_numpy(zero_copy_only=False)] = self.missing
        return codes

    def counts(self, column: np.ndarray | pa.Array) -> np.ndarray:
        """(bins,) numbers of values, of a column as for `codes`."""
        return np.bincount(self.codes(column), minlength=self.size)

    @cached_property
    def coarse(self) -> np.ndarray:
        """(bins,) the place of each bin among at most ten coarser ones, in which a group is counted.

        Neighbours are merged, as many to each as to any other; missing values, and a category's other levels, keep a
        bin of their own. A number of 20 bins and missing values has 9 coarse ones and that.
        """
        own = 1 if self.is_number else 2
        fine = self.size - own
        merged = min(fine, MOST_COARSE - own)
        return np.concatenate([np.arange(fine) * merged // max(fine, 1), merged + np.arange(own)]).astype(np.intp)

    @property
    def coarse_size(self) -> int:
        """The number of coarse bins."""
        return int(self.coarse[-1]) + 1

    def in_coarse(self, counts: np.ndarray) -> np.ndarray:
        """(coarse bins,) sums of (bins,) counts."""
        return np.bincount(self.coarse, weights=counts, minlength=self.coarse_size).astype(np.int64)

    @cached_property
    def _bounds(self) -> np.ndarray:
        return np.array(self.edges, float)
