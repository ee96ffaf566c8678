"""Vectorised draws from recorded figures: labels by their shares, amounts by their quantiles."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import ndtr

from steps.run.yaml_file import read_yaml
from steps.tables.home_credit import APPLICATION, TARGET, home_credit

HERE = Path(__file__).parent
GRID = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1)
"""The probabilities of every recorded list of quantiles."""


class Labels(NamedTuple):
    """A text column as codes into its names; -1 is missing."""

    codes: np.ndarray
    names: tuple[str, ...]

    def among(self, *names: str) -> np.ndarray:
        """Return the mask of the rows with one of these labels."""
        return np.isin(self.codes, [self.names.index(name) for name in names if name in self.names])

    def take(self, rows: np.ndarray) -> "Labels":
        """Return the labels of these rows."""
        return Labels(self.codes[rows], self.names)

    def without(self, rows: np.ndarray) -> "Labels":
        """Return the labels with those of the masked rows missing."""
        return Labels(np.where(rows, -1, self.codes).astype(self.codes.dtype), self.names)

    def numbers(self) -> np.ndarray:
        """Return labels that spell numbers, as int64."""
        return np.array([int(name) for name in self.names])[self.codes]


@cache
def figures(name: str) -> dict:
    """Read the recorded figures of one table."""
    return read_yaml(HERE / "figures" / f"{name}.yaml")


@cache
def schema(table: str) -> pa.Schema:
    """Return the columns of one of Kaggle's tables, in order, with their types."""
    types = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string()}
    recorded = home_credit()[table]
    columns = [(name, types[kind]) for name, kind in recorded.stored.items()]
    if table == APPLICATION:
        columns.insert(len(recorded.keys), (TARGET, pa.int64()))
    return pa.schema(columns)


def labels(u: np.ndarray, shares: Mapping[str, float]) -> Labels:
    """Turn uniform numbers into labels with these shares, normalised to a sum of 1."""
    return labels_by(u, np.zeros(len(u), int), [shares])


def labels_by(u: np.ndarray, group: np.ndarray, shares: Sequence[Mapping[str, float]]) -> Labels:
    """Turn uniform numbers into labels whose shares depend on the row's group, an index into `shares`."""
    names = tuple(dict.fromkeys(name for each in shares for name in each))
    codes = np.empty(len(u), np.int16)
    for number, each in enumerate(shares):
        rows = group == number
        edges = np.cumsum([each[name] for name in each])
        drawn = np.searchsorted(edges, u[rows] * edges[-1], side="right").clip(max=len(each) - 1)
        codes[rows] = np.array([names.index(name) for name in each], np.int16)[drawn]
    return Labels(codes, names)


def amounts(u: np.ndarray, quantiles: Sequence[float]) -> np.ndarray:
    """Turn uniform numbers into amounts, straight lines between the quantiles at `GRID`."""
    return np.interp(u, GRID, quantiles)


def amounts_by(u: np.ndarray, group: np.ndarray, quantiles: Sequence[Sequence[float]]) -> np.ndarray:
    """Turn uniform numbers into amounts whose quantiles depend on the row's group."""
    drawn = np.empty(len(u))
    for number, each in enumerate(quantiles):
        rows = group == number
        drawn[rows] = amounts(u[rows], each)
    return drawn


def blend(noise: np.ndarray, **factors: tuple[float, np.ndarray]) -> np.ndarray:
    """Mix standard normal factors with noise into uniform numbers that correlate with each by its weight.

    >>> float(blend(np.zeros(1), worth=(0.6, np.zeros(1)))[0])
    0.5
    """
    rest = 1 - sum(weight**2 for weight, _ in factors.values())
    mixed = np.sqrt(rest) * noise
    for weight, factor in factors.values():
        mixed = mixed + weight * factor
    return ndtr(mixed)


def table(name: str, columns: Mapping[str, np.ndarray | Labels]) -> pa.Table:
    """Put the columns into Kaggle's order and types: NaN becomes null, labels a dictionary of strings."""
    fields = schema(name)
    return pa.table({field.name: _array(columns[field.name], field.type) for field in fields})


def _array(column: np.ndarray | Labels, kind: pa.DataType) -> pa.Array:
    if not isinstance(column, Labels):
        return pa.array(column, type=kind, from_pandas=kind == pa.float64())
    codes = pa.array(column.codes, mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.names, pa.string()))
