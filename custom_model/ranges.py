"""Ranges of numeric fields: what a value can be, and what training saw."""

from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from custom_model.contract import Contract
from custom_model.errors import Problem, first_problems

MANY = 256  # rows from which on a look at a column's extremes is cheaper than one at its values


class Range(BaseModel):
    """The range of one numeric field.

    Parameters
    ----------
    lowest, highest : float or None
        Bounds of what the field can be, both included; None: no bound. A value outside breaks the contract.
    seen : tuple of float, optional
        The lowest and the highest value in training, within the bounds; None where training saw no value.
    whole : bool
        Whether the field is a whole number, such as a count; a fraction breaks the contract.
    special : tuple of float
        Values with a meaning of their own, which no bound holds for: 365243 of DAYS_EMPLOYED stands for no job.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lowest: float | None = None
    highest: float | None = None
    seen: tuple[float, float] | None = None
    whole: bool = False
    special: tuple[float, ...] = ()

    def __str__(self) -> str:
        """The bounds in words: "from 0 to 1", "0 or more"; "of any size" where there is none."""
        if self.lowest is None and self.highest is None:
            return "of any size"
        if self.highest is None:
            return f"{self.lowest:,.15g} or more"
        if self.lowest is None:
            return f"{self.highest:,.15g} or less"
        return f"from {self.lowest:,.15g} to {self.highest:,.15g}"


class Extremes(NamedTuple):
    """The (fields,) lowest and highest value of each column of a matrix, NaN where it has none."""

    lowest: np.ndarray
    highest: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Of a (rows, fields) matrix with at least one row."""
        return cls(np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0))


class Unusual(NamedTuple):
    """By row, the fields with a value outside what training saw, and those far outside; other rows are left out."""

    seen: dict[int, list[str]]
    far: dict[int, list[str]]


class Ranges:
    """The ranges of all fields of a contract, as vectors in its order; categories have none.

    Parameters
    ----------
    contract : Contract
        The fields.
    ranges : dict of str to Range
        By field; a field without an entry has no bounds, and no value of it is unusual.
    beyond : float
        Distance from which on a value is far outside, in widths of the range that training saw. Where all that it saw
        has one sign, a value is also far outside below 1 / (1 + beyond) of the smallest: at 1.0, and with incomes from
        26,000 on, an income below 13,000.
    """

    def __init__(self, contract: Contract, ranges: dict[str, Range], beyond: float = 0.0):
        self._fields = contract.fields
        self._ranges = ranges
        self._beyond = beyond

    def impossible(self, values: np.ndarray, extremes: Extremes | None = None) -> list[Problem]:
        """A problem for each of (rows, fields) values outside what its field can be, the first ones of too many.

        `extremes` are those of the values, where they are known.
        """
        problems = first_problems(
            Problem(row, self._fields[column], f"expected a number {self._ranges[self._fields[column]]}")
            for row, column in self._outside(values, *self._possible, extremes)
        )
        rows, columns = self._fractions(values)
        return problems + first_problems(
            Problem(row, self._fields[column], "expected a whole number")
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        )

    def any_impossible(self, values: np.ndarray, extremes: Extremes | None = None) -> np.ndarray:
        """(rows,) booleans: the rows that `impossible` has a problem of."""
        impossible = np.zeros(len(values), bool)
        impossible[[row for row, _ in self._outside(values, *self._possible, extremes)]] = True
        impossible[self._fractions(values)[0]] = True
        return impossible

    def unusual(self, values: np.ndarray, extremes: Extremes | None = None) -> "Unusual":
        """The fields with a value outside what training saw, and those further outside than `beyond`."""
        seen, far = dict[int, list[str]](), dict[int, list[str]]()
        cells = self._outside(values, *self._seen, extremes)
        if not cells:
            return Unusual(seen, far)
        low, high = self._far
        for row, column in cells:
            seen.setdefault(row, []).append(self._fields[column])
            if values[row, column] < low[column] or values[row, column] > high[column]:
                far.setdefault(row, []).append(self._fields[column])
        return Unusual(seen, far)

    def _outside(
        self, values: np.ndarray, low: np.ndarray, high: np.ndarray, extremes: Extremes | None = None
    ) -> list[tuple[int, int]]:
        """Row and column of each value outside, rows in order; NaN and special values never are."""
        if len(values) >= MANY:
            # The extremes of a column say at once that most columns have no value outside.
            extremes = extremes or Extremes.of(values)
            suspected = np.flatnonzero((extremes.lowest < low) | (extremes.highest > high))
            found = [self._rows_outside(values[:, column], column, low, high) for column in suspected.tolist()]
            rows, columns = _in_order_of_rows(suspected, found)
            return list(zip(rows.tolist(), columns.tolist(), strict=True))
        outside = (values < low) | (values > high)
        if not np.count_nonzero(outside):  # of one row in half the time of `any`
            return []
        for column, special in self._special.items():
            if np.count_nonzero(outside[:, column]):
                outside[:, column] &= ~np.isin(values[:, column], special)
        rows, columns = np.nonzero(outside)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def _rows_outside(self, values: np.ndarray, column: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """The rows of a column's values outside, but for special ones."""
        rows = np.flatnonzero((values < low[column]) | (values > high[column]))
        special = self._special.get(column)
        return rows if special is None else rows[~np.isin(values[rows], special)]

    def _fractions(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and matrix columns of the fractions among whole numbers, rows in order; NaN is none."""
        if len(values) < MANY:
            whole = values.take(self._whole, axis=1)
            rows, places = np.nonzero(np.abs(whole - np.rint(whole)) > 0)
            return rows, self._whole[places]
        # Column by column, so that what is computed stays in the processor's cache.
        whole_columns = (values[:, column] for column in self._whole.tolist())
        found = [np.flatnonzero(np.abs(column - np.rint(column)) > 0) for column in whole_columns]
        return _in_order_of_rows(self._whole, found)

    @cached_property
    def _far(self) -> tuple[np.ndarray, np.ndarray]:
        """The limits from which on a value is far outside; a factor holds for money, which widths never bound below."""
        low, high = self._seen
        margin = self._beyond * np.where(np.isfinite(low), high - low, 0.0)
        factor = 1.0 / (1.0 + self._beyond)
        return (
            np.where((low > 0) & np.isfinite(low), np.maximum(low - margin, low * factor), low - margin),
            np.where((high < 0) & np.isfinite(high), np.minimum(high + margin, high * factor), high + margin),
        )

    @cached_property
    def _whole(self) -> np.ndarray:
        """The matrix columns of whole numbers."""
        return np.array(
            [column for column, name in enumerate(self._fields) if name in self._ranges and self._ranges[name].whole],
            np.intp,
        )

    @cached_property
    def _special(self) -> dict[int, tuple[float, ...]]:
        """The special values of each field that has any, by its matrix column."""
        return {
            column: self._ranges[name].special
            for column, name in enumerate(self._fields)
            if name in self._ranges and self._ranges[name].special
        }

    @cached_property
    def _possible(self) -> tuple[np.ndarray, np.ndarray]:
        ranges = [self._ranges.get(name, Range()) for name in self._fields]
        lowest = [-np.inf if each.lowest is None else each.lowest for each in ranges]
        highest = [np.inf if each.highest is None else each.highest for each in ranges]
        return np.array(lowest), np.array(highest)

    @cached_property
    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        seen = [self._ranges.get(name, Range()).seen or (-np.inf, np.inf) for name in self._fields]
        low, high = np.array(seen, np.float64).reshape(-1, 2).T
        return low, high


def _in_order_of_rows(columns: np.ndarray, found: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of what was found column by column: rows in order, and in each row its columns."""
    rows = np.concatenate([np.empty(0, np.intp), *found])
    of_rows = np.repeat(columns, [len(each) for each in found])
    order = np.lexsort((of_rows, rows))
    return rows[order], of_rows[order]
