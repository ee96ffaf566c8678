"""Requests of a batch as JSON: each column is written at once, then the columns are joined row by row."""

from collections.abc import Iterator

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.arrow.applications import float64, is_text
from custom_model.contract import Contract

AT_ONCE = 500  # rows that are joined at once: their texts fit into a cache
COMMA = ord(",")
TEXT = pa.large_string()  # a text of escapes may take six times its column's bytes
NOTHING = pa.scalar("", TEXT)  # between two members


def payloads(contract: Contract, batch: pa.RecordBatch) -> list[str]:
    """(rows,) the requests that these rows are, without what is missing: the text that orjson writes of the same.

    Whole numbers are written as such, with all digits of 64 bits: pandas has them as floats where any is missing.
    Values that are neither numbers nor texts are left out; rows with such break the contract.
    """
    start = pa.repeat(NOTHING, len(batch))  # Arrow leaves out a row of nulls alone
    columns = [start, *_members(contract, batch)]
    texts = list[str]()
    for first in range(0, len(batch), AT_ONCE):
        some = [column.slice(first, AT_ONCE) for column in columns]
        joined = pc.binary_join_element_wise(*some, NOTHING, null_handling="skip")
        texts += [f"{{{members[1:]}}}" for members in joined.to_pylist()]
    return texts


def _members(contract: Contract, batch: pa.RecordBatch) -> Iterator[pa.Array]:
    """For each column of the contract (rows,) texts such as `,"AMT_CREDIT":406597.5`, null where it is missing."""
    for name in batch.schema.names:
        if name not in contract.names:
            continue
        column, prefix = batch.column(name), b"," + orjson.dumps(name) + b":"
        if is_text(column.type):
            yield _of_texts(column, prefix.decode())
        elif pa.types.is_floating(column.type):
            numbers = float64(column)
            yield _of_numbers(numbers, ~np.isnan(numbers), prefix)
        elif pa.types.is_integer(column.type):
            present = column.is_valid().to_numpy(zero_copy_only=False)
            yield _of_numbers(column.fill_null(0).to_numpy(), present, prefix)


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
    bounds = np.flatnonzero(np.frombuffer(listed, np.uint8) == COMMA)
    # The prefix stands for the bracket before the first number, and for the comma before any other.
    offsets = np.empty(len(numbers) + 1, np.int64)
    offsets[0], offsets[1:-1], offsets[-1] = 0, bounds, len(listed) - 1
    offsets += (len(prefix) - 1) * np.arange(len(numbers) + 1)
    texts = prefix + listed[1:-1].replace(b",", prefix)
    valid = np.packbits(present, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(texts)]
    return pa.Array.from_buffers(TEXT, len(numbers), buffers)
