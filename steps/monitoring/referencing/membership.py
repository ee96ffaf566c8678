"""Who is in which group of a reference, and counts of fields by group."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from custom_model.rules import HISTORY
from steps.monitoring.bins import Bins
from steps.monitoring.reference import Group
from steps.monitoring.referencing.columns import Column

KNOWN = "known"  # the level of HISTORY that is not "new"


def members(group: Group, column: Callable[[str], Column], has_history: np.ndarray) -> np.ndarray:
    """(rows,) booleans: who is in a group, by the columns of their fields and whether they have a history."""
    if group.field == HISTORY:
        return has_history == (group.level == KNOWN)
    values = column(group.field)
    if not isinstance(values, np.ndarray):
        inside = [each == group.level for each in values.dictionary_encode().dictionary.to_pylist()]
        places = values.dictionary_encode().indices.fill_null(len(inside)).to_numpy(zero_copy_only=False)
        return np.array([*inside, False])[places]
    found = ~np.isnan(values)
    if group.low is not None:
        found &= values >= group.low
    if group.high is not None:
        found &= values < group.high
    return found


class GroupCounter:
    """Counts fields by group, for all groups of an attribute at once: no client is in two of them.

    Parameters
    ----------
    groups : sequence of Group
        Those of an attribute stand together.
    inside : sequence of np.ndarray
        (rows,) booleans of the members of each.
    """

    def __init__(self, groups: Sequence[Group], inside: Sequence[np.ndarray]):
        self._labels = [_labels([inside[place] for place in places]) for places in _by_attribute(groups)]
        self._sizes = [len(places) for places in _by_attribute(groups)]

    def counts(self, bins: Bins, codes: np.ndarray) -> np.ndarray:
        """(groups, coarse bins) numbers of rows with (rows,) codes of the bins."""
        coarse, size = bins.coarse[codes], bins.coarse_size
        parts = [
            np.bincount(labels * size + coarse, minlength=(groups + 1) * size).reshape(-1, size)[1:]
            for labels, groups in zip(self._labels, self._sizes, strict=True)
        ]
        return np.concatenate([np.empty((0, size), np.int64), *parts])


def _by_attribute(groups: Sequence[Group]) -> Iterator[list[int]]:
    places = iter(range(len(groups)))
    for _, together in groupby(groups, lambda each: (each.is_protected, each.attribute)):
        yield [next(places) for _ in together]


def _labels(inside: Sequence[np.ndarray]) -> np.ndarray:
    """(rows,) the place of each row's group, from 1 on; 0 for none."""
    labels = np.zeros(len(inside[0]), np.intp)
    for place, rows in enumerate(inside, 1):
        labels[rows] = place
    return labels
