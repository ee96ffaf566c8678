"""Thrift's compact protocol, as far as the sizes in a Parquet file need it.

After the protocol's specification, thrift-compact-protocol.md. Arrow reads these structs too, but shows no page header,
and ends the process where it shows a damaged footer. What Thrift's C++ would read in another way is malformed here: it
skips a field of another type than the schema's, and cuts off numbers to the bits of their type.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
I16, I32, I64 = 4, 5, 6
INTEGERS = frozenset({I16, I32, I64})
BITS = {I32: 32, I64: 64}
HIGHEST_FIELD = 2**15 - 1
LONGEST_VARINT = 10  # bytes of 64 bits, seven in each
MAX_DEPTH = 16

Wanted = dict[int, Any]
"""Fields to read: `I32` or `I64`, the `Wanted` of a struct, or `Structs`."""


class Structs(NamedTuple):
    """A list of structs, of any size or only of this one.

    `usual` reads a struct of a usual shape faster: its fields and its end, or None for any other.
    """

    wanted: Wanted
    size: int | None = None
    usual: Callable[[bytes, int], tuple[dict[int, Any], int] | None] | None = None


class Malformed(ValueError):
    """Bytes that are no struct as expected, or one of more parts than allowed."""


class StructReader:
    """Reads structs of the bytes, one after the other.

    Parameters
    ----------
    data : bytes
        The whole file.
    position : int
        Where the struct begins; after `struct` where it ended.
    most_parts : int
        Fields and elements that it may have, all that is nested included.
    """

    __slots__ = ("_depth", "_parts", "data", "position")

    def __init__(self, data: bytes, position: int, most_parts: int):
        self.data = data
        self.position = position
        self._parts = most_parts
        self._depth = MAX_DEPTH

    def struct(self, wanted: Wanted) -> dict[int, Any]:
        """The fields that are wanted, those of them that the struct has; raises `Malformed`."""
        try:
            return self._struct(wanted)
        except IndexError:
            raise Malformed from None

    def _struct(self, wanted: Wanted) -> dict[int, Any]:
        data, fields, field = self.data, dict[int, Any](), 0
        while head := data[self.position]:
            self.position += 1
            field = field + (head >> 4) if head > 15 else self._integer(I32)
            if not 0 < field <= HIGHEST_FIELD:
                raise Malformed
            kind, want = head & 15, wanted.get(field)
            if want is None:
                self._skip(kind)
            elif field in fields:
                raise Malformed  # Arrow would mix both
            elif kind in BITS and kind == want:
                fields[field] = self._integer(kind)
            elif kind == STRUCT and isinstance(want, dict):
                fields[field] = self._struct(want)
            elif kind == LIST and isinstance(want, Structs):
                fields[field] = self._structs(want)
            else:
                raise Malformed
            self._parts -= 1
            if self._parts < 0:
                raise Malformed
        self.position += 1
        return fields

    def _structs(self, expected: Structs) -> list[dict[int, Any]]:
        kind, size = self._list_head()
        if kind != STRUCT or expected.size not in (None, size):
            raise Malformed
        self._count(size)
        return [self._element(expected) for _ in range(size)]

    def _element(self, expected: Structs) -> dict[int, Any]:
        usual = None if expected.usual is None else expected.usual(self.data, self.position)
        if usual is None:
            return self._struct(expected.wanted)
        fields, self.position = usual
        return fields

    def _skip(self, kind: int) -> None:
        if kind == BINARY:
            size = self._varint()
            self.position += size
        elif kind in INTEGERS:
            self._skip_varints(1)
        elif kind == STRUCT:
            self._skip_struct()
        elif kind in (LIST, SET):
            self._skip_list()
        elif kind in (BYTE, DOUBLE):
            self.position += 1 if kind == BYTE else 8
        elif kind not in (TRUE, FALSE):  # whose value is their kind
            raise Malformed  # a map, which Parquet does not have, or no kind at all

    def _skip_struct(self) -> None:
        """Most of a footer: numbers are skipped here, since a call for each doubles the time."""
        self._enter()
        data, position, parts = self.data, self.position, 0
        while head := data[position]:
            position += 1
            parts += 1
            if parts > self._parts:
                raise Malformed
            kind = head & 15
            if head > 15 and kind in INTEGERS:
                if data[position] < 128:  # nearly all
                    position += 1
                else:
                    position = self._end_of_varint(position)
                continue
            if head > 15 and kind == BINARY and data[position] < 128:
                position += 1 + data[position]
                continue
            self.position = position
            if head < 16:
                self._skip_varints(1)
            self._skip(kind)
            position = self.position
        self.position = position + 1
        self._count(parts)
        self._depth += 1

    def _skip_list(self) -> None:
        self._enter()
        kind, size = self._list_head()
        self._count(size)
        if kind in INTEGERS:
            self._skip_varints(size)
        elif kind in (TRUE, FALSE, BYTE):
            self.position += size
        else:
            for _ in range(size):
                self._skip(kind)
        self._depth += 1

    def _skip_varints(self, count: int) -> None:
        for _ in range(count):
            self.position = self._end_of_varint(self.position)

    def _end_of_varint(self, position: int) -> int:
        last = position + LONGEST_VARINT - 1
        while self.data[position] > 127:
            if position == last:
                raise Malformed
            position += 1
        return position + 1

    def _list_head(self) -> tuple[int, int]:
        head = self.data[self.position]
        self.position += 1
        return head & 15, self._varint() if head >> 4 == 15 else head >> 4

    def _enter(self) -> None:
        self._depth -= 1
        if not self._depth:
            raise Malformed

    def _count(self, parts: int) -> None:
        self._parts -= parts
        if self._parts < 0:
            raise Malformed

    def _integer(self, kind: int) -> int:
        number = self._varint()
        if number >> BITS[kind]:
            raise Malformed
        return number >> 1 ^ -(number & 1)  # zigzag

    def _varint(self) -> int:
        number = self.data[self.position]
        if number < 128:  # nearly all
            self.position += 1
            return number
        number = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
            if shift > 63:
                raise Malformed
