"""Atoms of conditions, evaluated for rows: a comparison of numbers each, or a look into a set of categories."""

from collections.abc import Sequence
from math import inf, nan

import numpy as np

from custom_model.contributions.conditions import Among, Atom, Below, Within
from custom_model.contributions.trees import Missing

# LightGBM's kZeroThreshold, a float32: numbers this near to 0 are 0.
ZERO = float(np.float32(1e-35))


class Atoms:
    """A sequence of atoms, in which None is never true.

    A missing value that a split sends left is -inf, one that it sends right NaN, which is never at most anything: +inf
    would be at most the threshold of a split on missing alone.
    """

    def __init__(self, atoms: Sequence[Atom | None]):
        within = [(place, atom.lower) for place, atom in enumerate(atoms) if isinstance(atom, Within)]
        compared = [
            *(atom.upper if isinstance(atom, Within) else atom for atom in atoms),
            *(lower for _, lower in within),
        ]
        columns = [_column(each) for each in compared]
        numbers = dict.fromkeys(each for each in columns if not isinstance(each, Among))
        sets = dict.fromkeys(each for each in columns if isinstance(each, Among))
        places = {each: place for place, each in enumerate((*numbers, *sets))}
        self._features = np.array([feature for feature, *_ in places], np.intp)
        self._numbers = len(numbers)
        self._of_missing = np.array([_of_missing(missing, takes) for _, missing, takes in numbers])
        self._of_zero = np.array([_of_zero(missing, takes) for _, missing, takes in numbers])
        self._lacks_zeros = any(missing is Missing.zero for _, missing, _ in numbers)
        self._column = np.array([places[each] for each in columns], np.intp)
        self._threshold = np.array([_threshold(each) for each in compared])
        self._count = len(atoms)
        self._within = np.array([place for place, _ in within], np.intp)
        members = [_members(each.categories) for each in sets]
        self._members = np.concatenate([np.zeros(0), *members])
        self._last = np.array([len(each) - 1 for each in members], float)  # of no set, as no category is
        self._first = np.cumsum([0, *(len(each) for each in members)][: len(sets)], dtype=np.int64)

    def of(self, matrix: np.ndarray) -> np.ndarray:
        """(rows, atoms) of bool, of a (rows, features) matrix."""
        compared = matrix.take(self._features, axis=1)
        numbers, categories = compared[:, : self._numbers], compared[:, self._numbers :]
        np.copyto(numbers, self._of_missing, where=np.isnan(numbers))
        if self._lacks_zeros:
            np.copyto(numbers, self._of_zero, where=np.abs(numbers) <= ZERO)
        if len(self._last):
            categories[:] = self._among(categories)
        is_below = compared.take(self._column, axis=1) <= self._threshold
        holds = is_below[:, : self._count]
        if len(self._within):
            holds[:, self._within] &= ~is_below[:, self._count :]
        return holds

    def _among(self, values: np.ndarray) -> np.ndarray:
        """What values are compared as; LightGBM cuts the fraction off, so that -0.5 is category 0."""
        categories = np.where(values > -1, np.minimum(values, self._last), self._last).astype(np.int64)
        return self._members.take(self._first + categories)


Column = tuple[int, Missing, bool] | Among


def _column(atom: Below | Among | None) -> Column:
    if isinstance(atom, Among):
        return atom
    return (0, Missing.none, False) if atom is None else (atom.feature, atom.missing, atom.takes_missing)


def _of_missing(missing: Missing, takes_missing: bool) -> float:
    """What NaN is compared as."""
    if missing is Missing.none:
        return 0.0
    return -inf if takes_missing else nan


def _of_zero(missing: Missing, takes_missing: bool) -> float:
    """What a number near 0 is compared as."""
    return _of_missing(missing, takes_missing) if missing is Missing.zero else 0.0


def _threshold(atom: Below | Among | None) -> float:
    """What an atom is compared with: beyond all numbers near 0, or before them, as 0 itself is."""
    if not isinstance(atom, Below):
        return nan if atom is None else 0.0
    if abs(atom.threshold) > ZERO:
        return atom.threshold
    return ZERO if atom.threshold >= 0 else float(np.nextafter(-ZERO, -inf))


def _members(categories: frozenset[int]) -> np.ndarray:
    """What each category up to one beyond the largest is compared as: 0 in the set, else NaN."""
    members = np.full(max(categories, default=-1) + 2, nan)
    members[list(categories)] = 0.0
    return members
