"""Parquet files whose footer lies: the same bytes of rows under another count."""

import struct
from collections.abc import Callable
from pathlib import Path

I64 = b"\x16"  # Thrift's compact protocol: the next field, an i64
TAIL = 8  # bytes: the footer's length, and PAR1


def with_rows(path: Path, rows: int, counted: int, which: Callable[[list[int]], list[int]]) -> None:
    """Write another count over that of `rows`, in the places that `which` chooses of all where the footer has it.

    The first is the file's, the last that of its last row group, and between them are those of columns.
    """
    content = path.read_bytes()
    (length,) = struct.unpack("<I", content[-TAIL:-4])
    body, footer = content[: -TAIL - length], content[-TAIL - length : -TAIL]
    old, new = I64 + _varint(rows), I64 + _varint(counted)
    places = [place for place in range(len(footer)) if footer.startswith(old, place)]
    for place in sorted(which(places), reverse=True):
        footer = footer[:place] + new + footer[place + len(old) :]
    path.write_bytes(body + footer + struct.pack("<I", len(footer)) + b"PAR1")


def _varint(number: int) -> bytes:
    """A number that is not negative, doubled for its sign, seven bits a byte."""
    number, encoded = number << 1, b""
    while number > 0x7F:
        encoded, number = encoded + bytes([number & 0x7F | 0x80]), number >> 7
    return encoded + bytes([number])
