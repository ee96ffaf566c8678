"""Requests of a batch as JSON: each column is written at once, then the columns are joined row by row."""

from collections.abc import Iterator

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from custom_model import positions
from custom_model.arrow.applications import float64, is_text
from custom_model.contract import Contract
from custom_model.positions import is_by_position

AT_ONCE = 500  # rows that are joined at once: their texts fit into a cache
TEXT = pa.large_string()  # a text of escapes may take six times its column's bytes
COMMA, NOTHING, LEFT_OUT = (pa.scalar(each, TEXT) for each in (",", "", positions.LEFT_OUT))


def payloads(contract: Contract, batch: pa.RecordBatch) -> list[str]:
    """(rows,) the requests that these rows are, without what is missing: the text that goes on record of each alone.

    Whole numbers are written as such, with all digits of 64 bits: pandas has them as floats where any is missing.
    Values that are neither numbers nor texts are left out; rows with such break the contract.
    """
    columns = {name: batch.column(name) for name in batch.schema.names if name in contract.names}
    if is_by_position(contract, len(columns)):
        values = (_texts(columns[name], b"") if name in columns else None for name in contract.order)
        places = [LEFT_OUT if each is None else each for each in values]
        joined = _joined(places, len(batch), COMMA, null_handling="replace", null_replacement=LEFT_OUT.as_py())
        return [f"[{each}]" for each in joined]
    members = (_texts(column, b"," + orjson.dumps(name) + b":") for name, column in columns.items())
    present = [each for each in members if each is not None]
    return [f"{{{each}}}" for each in _joined(present, len(batch), NOTHING, null_handling="skip")]


def _joined(columns: list[pa.Array | pa.Scalar], rows: int, separator: pa.Scalar, **missing: str) -> Iterator[str]:
    """(rows,) the texts of the columns, one after the other, without the comma before the first."""
    start = pa.repeat(NOTHING, rows)  # Arrow leaves out a row of nulls alone
    for first in range(0, rows, AT_ONCE):
        some = [each.slice(first, AT_ONCE) if isinstance(each, pa.Array) else each for each in (start, *columns)]
        for text in pc.binary_join_element_wise(*some, separator, **missing).to_pylist():
            yield text[1:]


def _texts(column: pa.Array, prefix: bytes) -> pa.Array | None:
    """(rows,) texts such as `406597.5` after the prefix, null where the value is missing; None for no such column."""
    if is_text(column.type):
        return _of_texts(column, prefix.decode())
    if pa.types.is_floating(column.type):
        numbers = float64(column)
        return _of_numbers(numbers, ~np.isnan(numbers), prefix)
    if pa.types.is_integer(column.type):
        present = column.is_valid().to_numpy(zero_copy_only=False)
        return _of_numbers(column.fill_null(0).to_numpy(), present, prefix)
    return None


def _of_texts(column: pa.Array, prefix: str) -> pa.Array:
    """By its distinct texts."""
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    levels = [
        None if level is None else prefix + orjson.dumps(level).decode() for level in encoded.dictionary.to_pylist()
    ]
    return pa.array(levels, TEXT).take(encoded.indices)


def _of_numbers(numbers: np.ndarray, present: np.ndarray, prefix: bytes) -> pa.Array:
    """From one list of all numbers: its commas are the bounds of the texts, and become their prefixes."""
    listed = orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)
    bounds = np.flatnonzero(np.frombuffer(listed, np.uint8) == ord(","))
    # The prefix stands for the bracket before the first number, and for the comma before any other.
    offsets = np.empty(len(numbers) + 1, np.int64)
    offsets[0], offsets[1:-1], offsets[-1] = 0, bounds, len(listed) - 1
    offsets += (len(prefix) - 1) * np.arange(len(numbers) + 1)
    texts = prefix + listed[1:-1].replace(b",", prefix)
    valid = np.packbits(present, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(texts)]
    return pa.Array.from_buffers(TEXT, len(numbers), buffers)
