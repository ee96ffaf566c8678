"""Rows of plain values as columns, without a look at each value by itself."""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pyarrow as pa

from custom_model.arrow.applications import Cells, float64
from custom_model.contract import Contract

WHOLE = frozenset({int, type(None)})
PLAIN = frozenset({int, float, str, type(None)})
MANY = 64  # rows from which on columns are judged in less time than rows


def cells_of_objects(contract: Contract, objects: Sequence[object]) -> Cells | None:
    """The cells of applications as dictionaries; None for few, for other keys than the first's, and as `cells_of`."""
    first = objects[0] if len(objects) >= MANY else None
    if type(first) is not dict or not contract.names.issuperset(first):
        return None
    names, rows = tuple(first), list[list]()
    for each in objects:
        if type(each) is not dict or tuple(each) != names:
            return None
        rows.append([*each.values()])
    return cells_of(contract, names, rows)


def cells_of(
    contract: Contract, names: Sequence[str], rows: Sequence[Sequence], has_json_types: bool = False
) -> Cells | None:
    """The cells of a table; None where a value has another type than the contract's, or no exact float.

    Parameters
    ----------
    names : sequence of str
        The columns' names, all of the contract and none twice.
    rows : sequence of lists or tuples
        At least one; as many values each as there are names.
    has_json_types : bool
        Whether all values are known to be of `PLAIN` types: Arrow would take a boolean for a number.
    """
    flat, width = list[object](), len(names)
    for row in rows:
        flat += row
    if not has_json_types and not PLAIN.issuperset(map(type, flat)):
        return None
    place_of = {name: place for place, name in enumerate(names)}
    others = {name: flat[place::width] for name, place in place_of.items() if name not in contract.numeric_column_of}
    if not contract.id_is_text and not WHOLE.issuperset(map(type, others.get(contract.id, ()))):
        return None
    for name in others:
        flat[place_of[name] :: width] = [None] * len(rows)
    try:
        texts = {name: pa.array(each, _kind(contract, name)) for name, each in others.items()}
        numbers = float64(pa.array(flat, pa.float64())).reshape(len(rows), width)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return None
    return Cells(frozenset(names), _matrix(contract, place_of, numbers), texts, np.zeros(len(rows), bool))


def _matrix(contract: Contract, place_of: Mapping[str, int], numbers: np.ndarray) -> np.ndarray:
    """(rows, fields) in Fortran order, of (rows, names) numbers: NaN where there is none."""
    values = np.full((len(numbers), len(contract.fields)), nan, order="F")
    for name, place in place_of.items():
        if name in contract.numeric_column_of:
            values[:, contract.column_of[name]] = numbers[:, place]
    return values


def _kind(contract: Contract, name: str) -> pa.DataType:
    return pa.int64() if name == contract.id and not contract.id_is_text else pa.string()
