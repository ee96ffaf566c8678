"""Ranges of numeric fields: bounds from their meaning and the policy, and what training saw."""

from collections.abc import Sequence

import numpy as np

from custom_model.meanings import Meaning
from custom_model.ranges import Range
from steps.run.console import UserError, counted
from steps.run.policy import PlausibleRange, Policy
from steps.tables.feature_table import FeatureTable


def decidable(table: FeatureTable, policy: Policy) -> FeatureTable:
    """The table without the clients outside policy.yaml's `plausible_ranges`, whose number is printed.

    The policy has no decision about them, so nothing is learned from them or measured on them.
    """
    outside = np.zeros(len(table.frame), bool)
    for name, bounds in policy.plausible_ranges.items():
        if name in table.fields and table.frame[name].dtype.kind == "f":
            special = _meaning(table, name).special
            plausible = Range(lowest=bounds.lowest, highest=bounds.highest, special=special)
            outside |= _is_outside(table.frame[name].to_numpy(), plausible)
    if not outside.any():
        return table
    count = counted(int(outside.sum()), "client")
    print(f"  {count} outside policy.yaml's plausible_ranges ({', '.join(policy.plausible_ranges)}): left out")
    inside = table.frame[~outside].reset_index(drop=True)
    return FeatureTable(inside, table.lineage, table.path, table.parameters, table.unlabelled)


def field_ranges(table: FeatureTable, rows: np.ndarray, policy: Policy) -> dict[str, Range]:
    """The range of each numeric field of the table.

    Parameters
    ----------
    table : FeatureTable
        All clients; the meanings of its fields have their bounds, which policy.yaml's `plausible_ranges` narrow.
    rows : ndarray
        (rows,) booleans: the training clients, whose values are the ones that training saw.
    policy : Policy
        Narrower bounds by field.

    Raises
    ------
    UserError
        A client's value lies outside the bounds: the data or the bounds are wrong. Or `plausible_ranges` names a
        text.
    """
    numeric = [name for name in table.fields if table.frame[name].dtype.kind == "f"]
    texts = sorted(set(policy.plausible_ranges).intersection(table.fields).difference(numeric))
    if texts:
        raise UserError(
            f"policy.yaml: plausible_ranges: expected numeric fields of {table.path}, got {', '.join(texts)}"
        )
    ranges = {name: _range(name, table.frame[name].to_numpy()[rows], table, policy) for name in numeric}
    errors = [error for name, each in ranges.items() if (error := _error(table.frame[name].to_numpy(), name, each))]
    if errors:
        raise UserError(
            f"{table.path}: {'; '.join(errors)}: correct or leave out these clients, or widen plausible_ranges in "
            "policy.yaml"
        )
    return ranges


def _range(name: str, values: np.ndarray, table: FeatureTable, policy: Policy) -> Range:
    meaning = _meaning(table, name)
    narrower = policy.plausible_ranges.get(name, PlausibleRange())
    lows = [bound for bound in (meaning.lowest, narrower.lowest) if bound is not None]
    highs = [bound for bound in (meaning.highest, narrower.highest) if bound is not None]
    seen = values[~np.isnan(values) & ~_is_special(values, meaning.special)]
    return Range(
        lowest=max(lows, default=None),
        highest=min(highs, default=None),
        seen=(float(seen.min()), float(seen.max())) if len(seen) else None,
        whole=meaning.whole,
        special=meaning.special,
    )


def _meaning(table: FeatureTable, name: str) -> Meaning:
    """The field's meaning, which has no bounds for a lender's own column."""
    return table.lineage.meanings.get(name) or Meaning(description=name, topic=name)


def _is_outside(values: np.ndarray, bounds: Range) -> np.ndarray:
    """(rows,) booleans: True for a value outside the bounds; missing and special values never are."""
    low = -np.inf if bounds.lowest is None else bounds.lowest
    high = np.inf if bounds.highest is None else bounds.highest
    return ((values < low) | (values > high)) & ~_is_special(values, bounds.special)


def _is_special(values: np.ndarray, special: Sequence[float]) -> np.ndarray:
    """(rows,) booleans: True for a value that stands for something else than a number."""
    return np.isin(values, special) if special else np.zeros(len(values), bool)


def _error(values: np.ndarray, name: str, bounds: Range) -> str | None:
    """The count of values outside the bounds, or not whole, in words; None where there are none."""
    wrong = _is_outside(values, bounds)
    if bounds.whole:
        wrong |= ~np.isnan(values) & (values != np.rint(values))
    count, kind = int(wrong.sum()), "a whole number" if bounds.whole else "a number"
    return f"{name} is expected to be {kind} {bounds} and is not for {counted(count, 'client')}" if count else None
