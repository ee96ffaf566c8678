"""Contributions of groups of leaves for each pattern of true atoms, and the look-up of a row's."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from custom_model.contributions.atoms import Atoms
from custom_model.contributions.conditions import Atom, Leaf
from custom_model.contributions.groups import Group
from custom_model.contributions.shapley import shapley_values

BYTE = 8
AT_ONCE = 2**18  # numbers of a temporary array
GROUPS_AT_ONCE = 64


class Tables:
    """The contributions of groups of leaves.

    A group's table has a row for each pattern of its atoms and a column for each of its features. A row of the
    booster's matrix is looked up in each by a pattern of one byte, of two where a long path is a group of its own.
    """

    def __init__(self, groups: Sequence[Group]):
        ordered = sorted(groups, key=lambda group: (len(group.features), len(group) > BYTE))
        widths = np.array([len(group.features) for group in ordered], np.intp)
        self._long = np.flatnonzero([len(group) > BYTE for group in ordered])
        slots = [*(group.atoms[:BYTE] for group in ordered), *(ordered[place].atoms[BYTE:] for place in self._long)]
        self._atoms = Atoms([atom for each in slots for atom in _padded(each)])
        self._groups = len(ordered)
        self._features = np.array([feature for group in ordered for feature in group.features], np.intp)
        self._first = np.zeros(len(ordered), np.int64)
        self._parts: list[tuple[slice, np.ndarray]] = []
        for width in np.unique(widths).tolist():
            places = slice(*np.searchsorted(widths, [width, width + 1]).tolist())
            alike = ordered[places]
            ends = np.cumsum([2 ** len(group) for group in alike])
            self._first[places] = [0, *ends[:-1]]
            table = np.empty((ends[-1], width))
            for start in range(0, len(alike), GROUPS_AT_ONCE):
                _fill(table, ends[start:], alike[start : start + GROUPS_AT_ONCE])
            self._parts.append((places, table))

    def of(self, matrix: np.ndarray) -> np.ndarray:
        """(rows, features) of a (rows, features) matrix; a row's bits do not depend on the others."""
        rows, features = matrix.shape
        patterns = np.packbits(self._atoms.of(matrix), bitorder="little").reshape(rows, -1)
        places = self._first + patterns[:, : self._groups]
        if len(self._long):
            places[:, self._long] += patterns[:, self._groups :].astype(np.int64) << BYTE
        parts = [table.take(places[:, groups], axis=0).reshape(rows, -1) for groups, table in self._parts]
        found = np.concatenate([np.empty((rows, 0)), *parts], axis=1)  # no part of trees without splits
        return np.array([np.bincount(self._features, weights=each, minlength=features) for each in found])


def _padded(atoms: Sequence[Atom]) -> list[Atom | None]:
    return [*atoms, *[None] * (BYTE - len(atoms))]


def _fill(table: np.ndarray, ends: np.ndarray, groups: Sequence[Group]) -> None:
    """Write the tables of groups, each ending at its row."""
    of_leaf = _leaf_tables([leaf for group in groups for leaf in group.leaves])
    for end, group in zip(ends, groups, strict=False):
        _add(table[end - 2 ** len(group) : end], group, of_leaf)


def _leaf_tables(leaves: Sequence[Leaf]) -> dict[int, np.ndarray]:
    """By the id of each leaf, (patterns of its conditions, conditions); bit j of a pattern is condition j."""
    tables: dict[int, np.ndarray] = {}
    by_length: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        by_length.setdefault(len(leaf.conditions), []).append(leaf)
    for length, alike in by_length.items():
        holds = _patterns(length)[:, None, :].astype(float)
        step = max(1, AT_ONCE // (holds.size * length))
        for start in range(0, len(alike), step):
            some = alike[start : start + step]
            value = np.array([leaf.value for leaf in some])
            share = np.array([[each.share for each in leaf.conditions] for leaf in some])
            found = shapley_values(value[:, None], share.T[:, :, None], holds).transpose(1, 2, 0)
            tables.update((id(leaf), each) for leaf, each in zip(some, found, strict=True))
    return tables


@lru_cache
def _patterns(bits: int) -> np.ndarray:
    """(bits, 2 ** bits): each bit of each number, the lowest first."""
    return np.arange(2**bits) >> np.arange(bits)[:, None] & 1


def _add(table: np.ndarray, group: Group, of_leaf: dict[int, np.ndarray]) -> None:
    """Fill (patterns of its atoms, features) with the sums of a group's leaves."""
    column_of = {feature: column for column, feature in enumerate(group.features)}
    patterns = _patterns(len(group))
    true = dict(zip(group.atoms, patterns, strict=True))
    false = dict(zip(group.atoms, 1 - patterns, strict=True))
    table[:] = 0.0
    for leaf in group.leaves:
        number = np.zeros(len(table), np.intp)
        for place, condition in enumerate(leaf.conditions):
            holds = [(true if is_true else false)[atom] for atom, is_true in group.literals(condition)]
            number += (holds[0] if len(holds) == 1 else holds[0] & holds[1]) << place
        table[:, [column_of[each.feature] for each in leaf.conditions]] += of_leaf[id(leaf)][number]
