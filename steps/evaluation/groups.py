"""Groups of the evaluated clients: by policy.yaml's protected attributes, by their pairs, and by its segments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from custom_model.derived import DAYS_PER_YEAR
from custom_model.meanings import Meaning
from custom_model.rules import HISTORY
from steps.evaluation.on_holdout import Evaluation
from steps.run.policy import Policy, Segment
from steps.tables.feature_in_words import in_words
from steps.tables.feature_table import FeatureTable

SMALLEST_GROUP = 20  # fewer clients are noise, and may identify a person
SMALLEST_PAIR = 100  # of two attributes at once: with twenty to a cell, one of many would look bad by chance
QUANTILE_GROUPS = 5
MOST_VALUES = 10  # of a number that is a code rather than an amount: each is a segment


@dataclass(frozen=True)
class ClientGroup:
    """The evaluated clients with one value, or one range, of an attribute.

    Attributes
    ----------
    attribute, name
        As a report says them.
    members
        (clients,) booleans.
    level
        The value of a category; None for a number.
    low, high
        A number's members have values of the field from `low` on and below `high`; None: without that bound.
    """

    attribute: str
    name: str
    members: np.ndarray
    level: str | None = None
    low: float | None = None
    high: float | None = None

    @property
    def clients(self) -> int:
        return int(self.members.sum())


def client_groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_GROUP` evaluated clients, by attribute.

    Attributes are the policy's, in its order, then those that the description of the data calls protected.
    """
    for _, group in protected_groups(table, evaluation.rows, policy):
        yield group


def protected_groups(table: FeatureTable, rows: np.ndarray, policy: Policy) -> Iterator[tuple[str, ClientGroup]]:
    """As `client_groups`, of these (table rows,) clients; each with the field that tells it."""
    for name in protected(table, policy):
        for group in attribute_groups(name, table.frame.loc[rows, name], table.lineage.meanings):
            yield name, group


def attribute_groups(name: str, column: pd.Series, meanings: Mapping[str, Meaning]) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_GROUP` clients by one attribute, of which the column has their values."""
    # A day of birth is days before the application; another lender's age may be in years.
    if _is_age(name, meanings) and column.dtype.kind == "f" and column.max() < 0:
        for group in _bands(name, -column / DAYS_PER_YEAR, QUANTILE_GROUPS, " years"):
            yield replace(group, low=_first_day(group.high), high=_first_day(group.low))
    else:
        yield from _parts(name, column)


def protected(table: FeatureTable, policy: Policy) -> list[str]:
    """The protected attributes that the table has: the policy's, then those of the data's description."""
    return [
        name for name in dict.fromkeys((*policy.protected_attributes, *table.lineage.protected)) if name in table.fields
    ]


def pair_groups(groups: list[ClientGroup]) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_PAIR` clients who share two groups of different attributes."""
    for one, other in combinations(groups, 2):
        members = one.members & other.members
        if one.attribute != other.attribute and members.sum() >= SMALLEST_PAIR:
            yield ClientGroup(f"{one.attribute} and {other.attribute}", f"{one.name}, {other.name}", members)


def segment_groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_GROUP` evaluated clients, by the policy's segments; `attribute` is their name.

    A segment by a field that the table lacks, or by history where it has none, has no groups.
    """
    for _, group in groups_by_segment(table, evaluation.rows, policy):
        yield group


def groups_by_segment(table: FeatureTable, rows: np.ndarray, policy: Policy) -> Iterator[tuple[str, ClientGroup]]:
    """As `segment_groups`, of these (table rows,) clients; each with what its segment is by, a field or history."""
    for name, segment in policy.segments.items():
        for group in _segment(name, segment, table, rows):
            yield segment.by, group


def attribute_in_words(name: str, meanings: Mapping[str, Meaning]) -> str:
    """What a report calls an attribute: "Age", not the day of birth from which it comes."""
    return "Age" if _is_age(name, meanings) else in_words(name, meanings).removesuffix(" of the client")


def _segment(name: str, segment: Segment, table: FeatureTable, rows: np.ndarray) -> Iterator[ClientGroup]:
    frame = table.frame.loc[rows]
    if segment.by == HISTORY:
        if table.lineage.history:
            yield from history_groups(name, frame[list(table.lineage.history)].notna().any(axis=1))
    elif segment.by in table.fields:
        yield from segment_parts(name, frame[segment.by], segment)


def history_groups(name: str, is_known: pd.Series) -> Iterator[ClientGroup]:
    """The groups of a segment by history: clients with and without past loans."""
    yield from _values(name, is_known.map({True: "known", False: "new"}))


def segment_parts(name: str, column: pd.Series, segment: Segment) -> Iterator[ClientGroup]:
    """The groups of a segment by a field, of which the column has the clients' values."""
    yield from _parts(name, column, segment.bands)


def _parts(attribute: str, column: pd.Series, bands: int | None = None) -> Iterator[ClientGroup]:
    """A group for each value of a text, or of a number of few; bands of any other number, or where they are asked for.

    A number of few values is a code more often than an amount: bands of sex as 1 and 2 would be one.
    """
    if column.dtype.kind != "f":
        yield from _values(attribute, column)
    elif bands or column.nunique() > MOST_VALUES:
        yield from _bands(attribute, column, bands or QUANTILE_GROUPS)
    else:
        yield from _codes(attribute, column)


def _values(attribute: str, column: pd.Series) -> Iterator[ClientGroup]:
    """A group for each level, in order; a missing value is none."""
    values = column.astype("category")
    codes = values.cat.codes.to_numpy()
    for code, level in enumerate(values.cat.categories):
        yield from _large(ClientGroup(attribute, str(level), codes == code, level=str(level)))


def _codes(attribute: str, column: pd.Series) -> Iterator[ClientGroup]:
    """A group for each value of a number of few, in order; a missing value is none."""
    values = column.to_numpy()
    for value in np.unique(values[~np.isnan(values)]):
        above = float(np.nextafter(value, np.inf))
        yield from _large(ClientGroup(attribute, f"{value:.15g}", values == value, low=float(value), high=above))


def _bands(attribute: str, column: pd.Series, bands: int, unit: str = "") -> Iterator[ClientGroup]:
    """Groups of equal size of a number, from the lowest on.

    The first and the last band are open: the least and the greatest value are a single client's.
    """
    if column.nunique() < 2:
        return
    cut, edges = pd.qcut(column, bands, duplicates="drop", retbins=True)
    codes, intervals = cut.cat.codes.to_numpy(), cut.cat.categories
    bounds = _rounded([band.right for band in intervals[:-1]])
    between = [f"{low} to {high}" for low, high in pairwise(bounds)]
    names = [f"up to {bounds[0]}", *between, f"over {bounds[-1]}"] if bounds else ["any"]
    above = [None, *np.nextafter(edges[1:-1], np.inf).tolist(), None]  # a band has its upper edge
    for code, (name, (low, high)) in enumerate(zip(names, pairwise(above), strict=True)):
        yield from _large(ClientGroup(attribute, name + unit, codes == code, low=low, high=high))


def _first_day(age: float | None) -> float | None:
    """The least day of birth, in days before the application, of clients below an age in years."""
    if age is None:
        return None
    day = -age * DAYS_PER_YEAR
    while -day / DAYS_PER_YEAR >= age:
        day = float(np.nextafter(day, np.inf))
    while -(before := float(np.nextafter(day, -np.inf))) / DAYS_PER_YEAR < age:
        day = before
    return day


def _rounded(bounds: list[float]) -> list[str]:
    """Bounds with three digits, or four from 1,000 on, so that they are no client's exact values: 47.3, 254,700.

    Bounds that lie closer together have as many digits as tell them apart.
    """
    for digits in range(3, 17):
        texts = [_with_digits(each, digits) for each in bounds]
        if len(set(texts)) == len(set(bounds)):
            break
    return texts


def _with_digits(bound: float, digits: int) -> str:
    if abs(bound) < 1_000:
        return f"{bound:.{digits}g}"
    rounded = float(f"{bound:.{digits + 1}g}")
    return f"{rounded:,.0f}" if rounded.is_integer() else f"{rounded:,}"


def _large(group: ClientGroup) -> Iterator[ClientGroup]:
    if group.clients >= SMALLEST_GROUP:
        yield group


def _is_age(name: str, meanings: Mapping[str, Meaning]) -> bool:
    return name in meanings and meanings[name].topic == "AGE"
