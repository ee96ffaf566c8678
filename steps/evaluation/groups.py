"""Groups of the evaluated clients: by policy.yaml's protected attributes, by their pairs, and by its segments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from custom_model.meanings import Meaning
from custom_model.rules import HISTORY
from steps.evaluation.on_holdout import Evaluation
from steps.quality.importance_plot import in_words
from steps.run.policy import Policy, Segment
from steps.tables.feature_table import FeatureTable

SMALLEST_GROUP = 20  # fewer clients are noise, and may identify a person
SMALLEST_PAIR = 100  # of two attributes at once: with twenty to a cell, one of many would look bad by chance
QUANTILE_GROUPS = 5
MOST_VALUES = 10  # of a number that is a code rather than an amount: each is a segment


@dataclass(frozen=True)
class ClientGroup:
    """The evaluated clients with one value, or one range, of an attribute; `members` are (clients,) booleans."""

    attribute: str
    name: str
    members: np.ndarray

    @property
    def clients(self) -> int:
        return int(self.members.sum())


def client_groups(evaluation: Evaluation, table: FeatureTable, policy: Policy) -> Iterator[ClientGroup]:
    """The groups of at least `SMALLEST_GROUP` evaluated clients, by attribute.

    Attributes are the policy's, in its order, then those that the description of the data calls protected.
    """
    for name in protected(table, policy):
        is_age = _is_age(name, table.lineage.meanings)
        column = table.frame.loc[evaluation.rows, name]
        if column.dtype.kind == "f":
            yield from _bands(name, -column / 365.25 if is_age else column, QUANTILE_GROUPS, " years" if is_age else "")
        else:
            yield from _values(name, column)


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
    for name, segment in policy.segments.items():
        yield from _segment(name, segment, table, evaluation.rows)


def attribute_in_words(name: str, meanings: Mapping[str, Meaning]) -> str:
    """What a report calls an attribute: "Age", not the day of birth from which it comes."""
    return "Age" if _is_age(name, meanings) else in_words(name, meanings).removesuffix(" of the client")


def _segment(name: str, segment: Segment, table: FeatureTable, rows: np.ndarray) -> Iterator[ClientGroup]:
    frame = table.frame.loc[rows]
    if segment.by == HISTORY:
        if table.lineage.history:
            known = frame[list(table.lineage.history)].notna().any(axis=1)
            yield from _values(name, known.map({True: "known", False: "new"}))
    elif segment.by in table.fields:
        column = frame[segment.by]
        is_number = column.dtype.kind == "f"
        if is_number and (segment.bands or column.nunique() > MOST_VALUES):
            yield from _bands(name, column, segment.bands or QUANTILE_GROUPS)
        else:
            yield from _values(
                name, column.map(lambda value: f"{value:g}", na_action="ignore") if is_number else column
            )


def _values(attribute: str, column: pd.Series) -> Iterator[ClientGroup]:
    """A group for each value, in order; a missing value is none."""
    values = column.astype("category")
    codes = values.cat.codes.to_numpy()
    for code, value in enumerate(values.cat.categories):
        yield from _group(attribute, str(value), codes == code)


def _bands(attribute: str, column: pd.Series, bands: int, unit: str = "") -> Iterator[ClientGroup]:
    """Groups of equal size of a number, from the lowest on.

    The first and the last band are open: the least and the greatest value are a single client's.
    """
    if column.nunique() < 2:
        return
    cut = pd.qcut(column, bands, duplicates="drop")
    codes, intervals = cut.cat.codes.to_numpy(), cut.cat.categories
    for code, band in enumerate(intervals):
        low, high = (_rounded(bound) for bound in (band.left, band.right))
        if len(intervals) == 1:
            name = "any"
        elif code == 0:
            name = f"up to {high}"
        else:
            name = f"over {low}" if code == len(intervals) - 1 else f"{low} to {high}"
        yield from _group(attribute, name + unit, codes == code)


def _rounded(bound: float) -> str:
    """A bound with three digits or a whole number, so that it is no client's exact value: 47.3, 0.512, 254,700."""
    if abs(bound) >= 1_000:
        return f"{float(f'{bound:.4g}'):,.0f}"
    return f"{bound:.3g}"


def _group(attribute: str, name: str, members: np.ndarray) -> Iterator[ClientGroup]:
    if members.sum() >= SMALLEST_GROUP:
        yield ClientGroup(attribute, name, members)


def _is_age(name: str, meanings: Mapping[str, Meaning]) -> bool:
    return name in meanings and meanings[name].topic == "AGE"
