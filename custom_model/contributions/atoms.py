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
        bounds = [_bound(atom) for atom in atoms]
        within = [place for place, atom in enumerate(atoms) if isinstance(atom, Within)]
        bounds += [atom.lower for atom in atoms if isinstance(atom, Within)]
        columns = {key: place for place, key in enumerate(dict.fromkeys(map(_column, bounds)))}
        self._features = np.array([feature for feature, _, _ in columns], np.intp)
        self._of_missing = np.array([_of_missing(missing, takes) for _, missing, takes in columns])
        self._of_zero = np.array([_of_zero(missing, takes) for _, missing, takes in columns])
        self._column = np.array([columns[_column(each)] for each in bounds], np.intp)
        self._threshold = np.array([nan if each is None else each.threshold for each in bounds], float)
        self._count = len(atoms)
        self._within = np.array(within, np.intp)
        among = [(place, atom) for place, atom in enumerate(atoms) if isinstance(atom, Among)]
        self._among = np.array([place for place, _ in among], np.intp)
        self._category_feature = np.array([atom.feature for _, atom in among], np.intp)
        sets = [_members(atom.categories) for _, atom in among]
        self._members = np.concatenate([np.zeros(0, bool), *sets])
        self._last = np.array([len(each) - 1 for each in sets], float)  # of no set, as no category is
        self._first = np.cumsum([0, *(len(each) for each in sets)][: len(sets)], dtype=np.int64)

    def of(self, matrix: np.ndarray) -> np.ndarray:
        """(rows, atoms) of bool, of a (rows, features) matrix."""
        numbers = matrix.take(self._features, axis=1)
        np.copyto(numbers, self._of_missing, where=np.isnan(numbers))
        np.copyto(numbers, self._of_zero, where=np.abs(numbers) <= ZERO)
        is_below = numbers.take(self._column, axis=1) <= self._threshold
        holds = is_below[:, : self._count]
        if len(self._within):
            holds[:, self._within] &= ~is_below[:, self._count :]
        if len(self._among):
            holds[:, self._among] = self._among_categories(matrix.take(self._category_feature, axis=1))
        return holds

    def _among_categories(self, values: np.ndarray) -> np.ndarray:
        """LightGBM cuts the fraction off, so that -0.5 is category 0."""
        categories = np.where(values > -1, np.minimum(values, self._last), self._last).astype(np.int64)
        return self._members.take(self._first + categories)


Column = tuple[int, Missing, bool]


def _bound(atom: Atom | None) -> Below | None:
    """The comparison of an atom, or its first; none of a set of categories."""
    if isinstance(atom, Within):
        return atom.upper
    return atom if isinstance(atom, Below) else None


def _column(bound: Below | None) -> Column:
    return (0, Missing.none, False) if bound is None else (bound.feature, bound.missing, bound.takes_missing)


def _of_missing(missing: Missing, takes_missing: bool) -> float:
    """What NaN is compared as."""
    if missing is Missing.none:
        return 0.0
    return -inf if takes_missing else nan


def _of_zero(missing: Missing, takes_missing: bool) -> float:
    """What a number near 0 is compared as."""
    return _of_missing(missing, takes_missing) if missing is Missing.zero else 0.0


def _members(categories: frozenset[int]) -> np.ndarray:
    """Whether each category up to one beyond the largest is in the set."""
    members = np.zeros(max(categories, default=-1) + 2, bool)
    members[list(categories)] = True
    return members
