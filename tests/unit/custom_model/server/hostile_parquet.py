"""Parquet files that say other than what they hold: written honestly, then changed byte by byte."""

from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

I32, I64 = 0x15, 0x16  # a field of Thrift's compact protocol, one after the field before it


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """A file with these columns."""
    return written(pa.table(columns), **options)


def written(table: pa.Table, **options: Any) -> bytes:
    """The table as a file."""
    file = BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def with_metadata(body: bytes, metadata: dict[bytes, bytes]) -> bytes:
    """The file with other metadata of its schema."""
    return written(pq.read_table(pa.BufferReader(body)).replace_schema_metadata(metadata))


def lying(body: bytes, truth: int, told: int, kind: int = I64, times: int = -1) -> bytes:
    """The file with `told` in place of the first numbers `truth` of its footer (`I64`) or its page headers (`I32`)."""
    true = bytes([kind]) + _varint(truth)
    false = bytes([kind]) + _varint(told, len(true) - 1)
    footer = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    pages, tail = body[:footer], body[footer:]
    changed = pages + tail.replace(true, false, times) if kind == I64 else pages.replace(true, false, times) + tail
    assert changed != body
    return changed


def pages_elsewhere(body: bytes, column: int, decoy: int, is_hidden: bool) -> bytes:
    """The file whose column has the pages of the column `decoy` for all but Arrow, which reads those of its own.

    The column's footer then has one offset that counts for Arrow and one that does not: of a dictionary as a number of
    32 bits, which Arrow skips; or, hidden, of the data in field 65,545, which Arrow takes for field 9.
    """
    group = pq.read_metadata(pa.BufferReader(body)).row_group(0)
    own, other = (_varint(group.column(place).data_page_offset) for place in (column, decoy))
    footer = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    head, tail = body[footer:-8].split(b"\x26" + own)  # field 9, two after the one before
    if is_hidden:
        offsets = b"\x26" + other + b"\x06" + _varint(2**16 + 9) + own
    else:
        offsets, tail = b"\x26" + own + b"\x25" + other, bytes([tail[0] - 0x20]) + tail[1:]
    changed = head + offsets + tail
    return body[:footer] + changed + len(changed).to_bytes(4, "little") + body[-4:]


def lying_about_size(body: bytes) -> bytes:
    """The file with one byte in place of what its first row group unpacks to."""
    return lying(body, pq.read_metadata(pa.BufferReader(body)).row_group(0).total_byte_size, 1)


def _varint(number: int, size: int = 0) -> bytes:
    """The number in zigzag, padded to a size with digits of zero."""
    left, digits = number << 1, []
    while left or not digits:
        digits.append(left & 127)
        left >>= 7
    digits += [0] * (size - len(digits))
    return bytes([*(digit | 128 for digit in digits[:-1]), digits[-1]])
