"""Aggregates: the functions of recipes, one class each.

Sums add up whole numbers of a small unit: integer addition is exact in any order, so the table does not depend on the
engine, the number of threads or the run. Values are clipped to a limit beyond all real amounts and ratios, so that no
sum overflows 64 bits.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import ibis
from ibis import Table, Value

from steps.tables.measures import COUNT, FLAG, SHARE, Measure

LARGEST = 1e10
PER_UNIT = 1e6  # values are added up in millionths
LARGEST_WEIGHTED, PER_WEIGHTED_UNIT = 1e13, 1e3  # products of value and weight, in thousandths
LARGEST_ON_LINE, LARGEST_TIME = 1e6, 1e5  # for SLOPE: of its values and its times


class Terms:
    """The terms of the rows in one window, by name."""

    def __init__(self, table: Table, flag: str):
        """`flag` names the column that is true inside the window; if there is none, every row is inside."""
        self._table = table
        self._flag = flag

    def __getitem__(self, name: str) -> Value:
        if self._flag not in self._table.columns:
            return self._table[name]
        # Not FILTER: with a hundred of them in a query, DuckDB 2.0 takes eight times as long.
        return ibis.cases((self._table[self._flag], self._table[name]))

    def total(self, name: str) -> Value:
        return self[name].sum().cast("float64")

    def count(self, name: str) -> Value:
        return self[name].count().cast("float64")


@dataclass(frozen=True)
class Aggregate(ABC):
    """One number from a client's rows in a window, in two steps: terms per row, then the value over the window.

    A new aggregate is a subclass with an entry in `AGGREGATES`. Terms are computed once and shared by all windows and
    by all aggregates with a term of the same name.

    Parameters
    ----------
    column : str
        The aggregated column.
    weight : str
        The column of the weights of WMEAN.
    time : str
        The column of the times of SLOPE.
    """

    words: ClassVar[Mapping[str, str]]
    """The aggregate in descriptions, by the scale of its column; other scales do not support it."""

    column: str
    weight: str = ""
    time: str = ""

    @abstractmethod
    def terms(self, rows: Table) -> dict[str, Value]:
        """The columns that `value` needs, by name, computed on each row."""

    @abstractmethod
    def value(self, terms: Terms) -> Value:
        """The aggregate over the rows of one client in one window, float64; null where it is undefined."""

    def measure(self, column: Measure) -> Measure:
        """The unit and bounds of the aggregate, from those of its column."""
        return column


class Count(Aggregate):
    """The number of rows: 0 for a client whose rows all lie outside the window."""

    words: ClassVar[Mapping[str, str]] = {"amount": ""}

    def terms(self, rows: Table) -> dict[str, Value]:
        return {"one": ibis.literal(1, "int64")}

    def value(self, terms: Terms) -> Value:
        return terms.count("one")

    def measure(self, column: Measure) -> Measure:
        return COUNT


class _Extreme(Aggregate):
    def terms(self, rows: Table) -> dict[str, Value]:
        return {self.column: rows[self.column].cast("float64")}


class Minimum(_Extreme):
    """The smallest value."""

    words: ClassVar[Mapping[str, str]] = {"amount": "lowest", "days": "oldest"}

    def value(self, terms: Terms) -> Value:
        return terms[self.column].min()


class Maximum(_Extreme):
    """The largest value."""

    words: ClassVar[Mapping[str, str]] = {"amount": "highest", "days": "latest"}

    def value(self, terms: Terms) -> Value:
        return terms[self.column].max()


class Sum(Aggregate):
    """The sum of the values, missing ones left out; null if all are missing."""

    words: ClassVar[Mapping[str, str]] = {"amount": "total"}

    def terms(self, rows: Table) -> dict[str, Value]:
        return {self._units: fixed_point(rows[self.column], PER_UNIT, LARGEST)}

    def value(self, terms: Terms) -> Value:
        return terms.total(self._units) / PER_UNIT

    def measure(self, column: Measure) -> Measure:
        return COUNT if column == FLAG else column.total()

    @property
    def _units(self) -> str:
        return f"units of {self.column}"


class Mean(Sum):
    """The mean of the values, missing ones left out: 400, 0 and null give 200."""

    words: ClassVar[Mapping[str, str]] = {"amount": "average", "days": "average"}

    def value(self, terms: Terms) -> Value:
        return super().value(terms) / positive(terms.count(self._units))

    def measure(self, column: Measure) -> Measure:
        return SHARE if column == FLAG else column


class WeightedMean(Aggregate):
    """The mean weighted by another column: 0 and 20 with weights 100 and 200 give 4000/300 = 13.3."""

    words: ClassVar[Mapping[str, str]] = {"amount": "average weighted by amount"}

    def terms(self, rows: Table) -> dict[str, Value]:
        weight = ibis.cases((rows[self.column].notnull(), rows[self.weight]))
        return {
            self._by_weight: fixed_point(rows[self.column] * weight, PER_WEIGHTED_UNIT, LARGEST_WEIGHTED),
            self._weight: fixed_point(weight, PER_WEIGHTED_UNIT, LARGEST_WEIGHTED),
        }

    def value(self, terms: Terms) -> Value:
        return terms.total(self._by_weight) / positive(terms.total(self._weight))

    @property
    def _by_weight(self) -> str:
        return f"{self.column} weighted by {self.weight}"

    @property
    def _weight(self) -> str:
        return f"weight {self.weight} of {self.column}"


class Slope(Aggregate):
    """The slope of the least-squares line through the points (time, value), per unit of time.

    20 days late 100 days ago and 0 days late 10 days ago give -20/90 = -0.22; null for fewer than two times.
    """

    words: ClassVar[Mapping[str, str]] = {"amount": "change over time"}

    def terms(self, rows: Table) -> dict[str, Value]:
        value = fixed_point(rows[self.column], PER_UNIT, LARGEST_ON_LINE)
        time = ibis.cases((value.notnull(), fixed_point(rows[self.time], 1, LARGEST_TIME)))
        return {self._value: value, self._by_time: value * time, self._time: time, self._squared: time * time}

    def value(self, terms: Terms) -> Value:
        count = terms.count(self._time)
        spread = count * terms.total(self._squared) - terms.total(self._time) * terms.total(self._time)
        rise = count * terms.total(self._by_time) - terms.total(self._time) * terms.total(self._value)
        return rise / positive(spread) / PER_UNIT

    def measure(self, column: Measure) -> Measure:
        """No bounds: two points that are close in time can be on a line of any slope."""
        return Measure(f"change per {'day' if self.time.startswith('DAYS') else 'month'}")

    @property
    def _value(self) -> str:
        return f"{self.column} on line"

    @property
    def _by_time(self) -> str:
        return f"{self.column} times time"

    @property
    def _time(self) -> str:
        return f"time of {self.column}"

    @property
    def _squared(self) -> str:
        return f"time of {self.column}, squared"


AGGREGATES: Mapping[str, type[Aggregate]] = {
    "COUNT": Count,
    "SUM": Sum,
    "MEAN": Mean,
    "MIN": Minimum,
    "MAX": Maximum,
    "WMEAN": WeightedMean,
    "SLOPE": Slope,
}
"""The aggregates by their name in recipes, which is part of a feature's name."""


def positive(value: Value) -> Value:
    """The value where it is > 0, else null: a denominator."""
    return ibis.cases((value > 0, value))


def fixed_point(value: Value, per_unit: float, limit: float) -> Value:
    """The value in whole parts of a unit, int64, clipped to ± `limit` units: 0.25 in millionths is 250,000."""
    number = value.cast("float64")
    bounded = ibis.cases((number > limit, limit), (number < -limit, -limit), else_=number)
    return (bounded * per_unit + 0.5).floor().cast("int64")
