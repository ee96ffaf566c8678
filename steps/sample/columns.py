"""The columns of a table by name, numbers and labels, each read in its own type."""

from collections.abc import Mapping

import numpy as np

from steps.sample.draws import Labels

Columns = dict[str, np.ndarray | Labels]


def numbers_of(columns: Mapping[str, np.ndarray | Labels], name: str) -> np.ndarray:
    """A column of numbers, of shape (rows,); raise `TypeError` where it has labels."""
    column = columns[name]
    if isinstance(column, Labels):
        raise TypeError(f"{name}: expected numbers, got labels")
    return column


def labels_of(columns: Mapping[str, np.ndarray | Labels], name: str) -> Labels:
    """A column of labels; raise `TypeError` where it has numbers."""
    column = columns[name]
    if not isinstance(column, Labels):
        raise TypeError(f"{name}: expected labels, got numbers")
    return column
