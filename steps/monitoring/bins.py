"""The bins of one field: intervals of a number, or levels of a category; then missing values."""

from dataclasses import dataclass


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
