"""Rows of plain values as columns, without a look at each value by itself."""

from collections.abc import Iterable, Mapping, Sequence
from math import nan

import numpy as np
import pyarrow as pa

from custom_model.arrow.applications import Cells, float64
from custom_model.contract import Contract

WHOLE = frozenset({int, type(None)})
PLAIN = frozenset({int, float, str, type(None)})
UNFIT = (pa.ArrowException, OverflowError, TypeError, ValueError)  # what Arrow raises for a value of another type
AT_ONCE = 2**14  # values that are converted together: lists of them fit into a processor's cache
MANY = 64  # rows from which on columns are judged in less time than rows


def cells_of_objects(contract: Contract, objects: Sequence) -> Cells | None:
    """The cells of applications as dictionaries; None for few, for other keys than the first's, and as `cells_of`."""
    first = objects[0] if len(objects) >= MANY else None
    if type(first) is not dict or not contract.names.issuperset(first):
        return None
    names = tuple(first)
    if not all(type(each) is dict and tuple(each) == names for each in objects):
        return None
    step = rows_at_once(len(names))
    parts = (objects[start : start + step] for start in range(0, len(objects), step))
    return cells_of(contract, names, ([each.values() for each in part] for part in parts))


def rows_at_once(width: int) -> int:
    """How many rows of so many values are best converted together."""
    return max(1, AT_ONCE // max(1, width))


def cells_of(
    contract: Contract, names: Sequence[str], parts: Iterable[Iterable[Iterable]], has_json_types: bool = False
) -> Cells | None:
    """The cells of a table; None where a value has another type than the contract's, or no exact float.

    Parameters
    ----------
    names : sequence of str
        The columns' names, all of the contract and none twice.
    parts : iterable of iterables of rows
        The rows some at a time, best `rows_at_once`; as many values each as there are names, and at least one row.
    has_json_types : bool
        Whether all values are known to be of `PLAIN` types: Arrow would take a boolean for a number.

    Raises
    ------
    Exception
        What iterating over the parts raises.
    """
    place_of = {name: place for place, name in enumerate(names)}
    others = {name: list[object]() for name in names if name not in contract.numeric_column_of}
    numbers, width = list[np.ndarray](), len(names)
    for part in parts:
        flat, count = list[object](), 0
        for row in part:
            flat += row
            count += 1
        if not has_json_types and not PLAIN.issuperset(map(type, flat)):
            return None
        for name, column in others.items():
            column += flat[place_of[name] :: width]
            flat[place_of[name] :: width] = [None] * count
        try:
            numbers.append(float64(pa.array(flat, pa.float64())).reshape(count, width))
        except UNFIT:
            return None
    if not contract.id_is_text and not WHOLE.issuperset(map(type, others.get(contract.id, ()))):
        return None
    try:
        texts = {name: pa.array(each, _kind(contract, name)) for name, each in others.items()}
    except UNFIT:
        return None
    values = _matrix(contract, place_of, np.concatenate(numbers))
    return Cells(frozenset(names), values, texts, np.zeros(len(values), bool))


def _matrix(contract: Contract, place_of: Mapping[str, int], numbers: np.ndarray) -> np.ndarray:
    """(rows, fields) in Fortran order, of (rows, names) numbers: NaN where there is none."""
    values = np.full((len(numbers), len(contract.fields)), nan, order="F")
    for name, place in place_of.items():
        if name in contract.numeric_column_of:
            values[:, contract.column_of[name]] = numbers[:, place]
    return values


def _kind(contract: Contract, name: str) -> pa.DataType:
    return pa.int64() if name == contract.id and not contract.id_is_text else pa.string()
