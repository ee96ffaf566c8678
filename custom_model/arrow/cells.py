"""Rows of JSON values as Arrow columns, without a look at each value by itself."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from custom_model.arrow.applications import float64
from custom_model.contract import Contract

NUMBERS = pa.list_(pa.float64())
WHOLE = frozenset({int, type(None)})


def batch_of(
    contract: Contract, names: Sequence[str], rows: Sequence[list], may_have_booleans: bool = True
) -> pa.RecordBatch | None:
    """The columns of a table; None where one has another type than the contract's, or a name that the contract lacks.

    Parameters
    ----------
    names : sequence of str
        The columns' names, none twice.
    rows : sequence of list
        At least one; as many values each as there are names.
    may_have_booleans : bool
        Whether any value may be a boolean, which Arrow would take for a number: then the types of all are looked at.
    """
    if not contract.names.issuperset(names):
        return None
    if may_have_booleans and any(bool in {*map(type, row)} for row in rows):
        return None
    texts = texts_of_rows(contract, names, rows)
    if not contract.id_is_text and not WHOLE.issuperset(map(type, texts.get(contract.id, []))):
        return None
    try:
        numbers = _numbers(contract, names, rows)
        arrays = {name: pa.array(each, _kind(contract, name)) for name, each in texts.items()}
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return None
    for name, column in zip(names, numbers.T, strict=True):
        if name not in arrays:
            arrays[name] = pa.Array.from_buffers(pa.float64(), len(column), [None, pa.py_buffer(column)])
    return pa.RecordBatch.from_arrays([arrays[name] for name in names], [*names])


def texts_of_rows(contract: Contract, names: Sequence[str], rows: Sequence[list]) -> dict[str, list]:
    """The values of all columns but the contract's numbers: the client's id, the categories, and unknown fields."""
    places = {name: place for place, name in enumerate(names) if name not in contract.numeric_column_of}
    return {name: [row[place] for row in rows] for name, place in places.items()}


def _numbers(contract: Contract, names: Sequence[str], rows: Sequence[list]) -> np.ndarray:
    """(rows, names) the numbers in Fortran order, NaN where missing, and for whatever is not a number by contract."""
    others = [place for place, name in enumerate(names) if name not in contract.numeric_column_of]
    numeric = [row.copy() for row in rows]
    for row in numeric:
        for place in others:
            row[place] = None
    numbers = float64(pa.array(numeric, NUMBERS).values)
    return np.asfortranarray(numbers.reshape(len(rows), len(names)))


def _kind(contract: Contract, name: str) -> pa.DataType:
    return pa.int64() if name == contract.id and not contract.id_is_text else pa.string()
