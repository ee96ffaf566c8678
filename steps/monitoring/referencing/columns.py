"""Fields of clients or requests as columns, and a hash of each row of them."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

Column: TypeAlias = "np.ndarray | pa.Array"
"""(rows,) of a field: floats, NaN where missing, of a number; Arrow's texts, null where missing, of a category."""

MISSING = np.uint64(0x7FF8_0000_0000_0000)
STEP = np.uint64(0x9E37_79B9_7F4A_7C15)  # of splitmix64, as the two factors (Steele et al. 2014)
FACTORS = np.uint64(0xBF58_476D_1CE4_E5B9), np.uint64(0x94D0_49BB_1331_11EB)


def column_of(frame: pd.DataFrame, name: str, is_number: bool) -> Column:
    """A field of a feature table as a column; all missing where the table lacks it."""
    if name not in frame:
        return np.full(len(frame), np.nan) if is_number else pa.nulls(len(frame), pa.string())
    values = frame[name]
    if is_number:
        return pd.to_numeric(values, errors="coerce").to_numpy(np.float64)
    texts = values if values.dtype == object else values.map("{:.15g}".format, na_action="ignore")
    return pa.array(texts, pa.string(), from_pandas=True)


def row_hashes(columns: Mapping[str, Column], names: Sequence[str], rows: int) -> np.ndarray:
    """(rows,) 64-bit hashes of all values in the order of the names.

    Equal rows have equal hashes; of a million rows that all differ, any two have equal ones with a probability of one
    in 30 million.
    """
    total = np.zeros(rows, np.uint64)
    with np.errstate(over="ignore"):
        for place, name in enumerate(names):
            total += _mixed(_bits(columns[name]) + STEP * np.uint64(place + 1))
        return _mixed(total)


def _bits(column: Column) -> np.ndarray:
    if isinstance(column, np.ndarray):
        bits = np.add(column, 0.0).view(np.uint64)  # -0.0 is 0.0
        bits[np.isnan(column)] = MISSING
        return bits
    encoded = column.dictionary_encode()
    of_levels = [
        int.from_bytes(blake2b(level.encode(), digest_size=8).digest()) for level in encoded.dictionary.to_pylist()
    ]
    places = encoded.indices.fill_null(len(of_levels)).to_numpy(zero_copy_only=False)
    return np.array([*of_levels, MISSING], np.uint64)[places]


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Each number with all its bits mixed, so that sums of them do not cancel."""
    bits = (bits ^ (bits >> np.uint64(30))) * FACTORS[0]
    bits = (bits ^ (bits >> np.uint64(27))) * FACTORS[1]
    return bits ^ (bits >> np.uint64(31))
