"""The operations of derived features: on columns of many rows, and on the numbers of one row, with the same bits.

An operation on an array takes numpy about a microsecond however few rows it has, one on its numbers 60 ns. A number of
one row is a `numpy.float64`, whose division by zero is no error, as in arrays.
"""

from functools import reduce
from operator import add
from typing import Any

import numpy as np

Column = Any  # (rows,) float64, or one numpy.float64
NAN, ZERO, ONE = np.float64("nan"), np.float64(0.0), np.float64(1.0)


def where(condition: Column, value: Column, other: Column) -> Column:
    """The value where the condition holds, else the other."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, value, other)
    return value if condition else other


def is_missing(column: Column) -> Column:
    """Whether there is no value: NaN alone differs from itself."""
    return column != column


def at_least(column: Column, bound: np.float64) -> Column:
    """The value, or the bound of a lower one; no value remains none."""
    if isinstance(column, np.ndarray):
        return np.maximum(column, bound)
    return bound if column < bound else column


def at_most(column: Column, bound: np.float64) -> Column:
    """The value, or the bound of a higher one; no value remains none."""
    if isinstance(column, np.ndarray):
        return np.minimum(column, bound)
    return bound if column > bound else column


def total(columns: tuple[Column, ...]) -> Column:
    """The sum of the known values in the order of the columns, 0 where there is none."""
    if isinstance(columns[0], np.ndarray):
        return reduce(add, [np.where(is_missing(column), ZERO, column) for column in columns])
    return reduce(add, [ZERO if number != number else number for number in columns])


def count_missing(columns: tuple[Column, ...]) -> Column:
    """How many of the columns have no value."""
    if isinstance(columns[0], np.ndarray):
        return reduce(add, [np.where(is_missing(column), ONE, ZERO) for column in columns])
    return np.float64(len([None for number in columns if number != number]))
