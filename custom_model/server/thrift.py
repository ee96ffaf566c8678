"""Thrift's compact protocol, as far as the sizes in Parquet's page headers need it.

After the protocol's specification, thrift-compact-protocol.md: Arrow reads these headers too, but shows none of them.
"""

from typing import TypeAlias

BOOLEANS, BYTE, DOUBLE, BINARY, LISTS, MAP, STRUCT = (1, 2), 3, 7, 8, (9, 10), 11, 12
INTEGERS = (4, 5, 6)
MAX_DEPTH = 8
MAX_ELEMENTS = 200  # of one struct with all that is nested in it; a page header has about thirty

Fields: TypeAlias = "dict[int, int | Fields]"


class Malformed(ValueError):
    """Bytes that are no struct of the compact protocol, or one larger than a page header can be."""


class StructReader:
    """Reads structs of `data` from `position` on, which each of them moves to its end."""

    def __init__(self, data: bytes, position: int):
        self.data = data
        self.position = position
        self._elements = 0

    def struct(self) -> Fields:
        """The integers and nested structs of the struct, by field; all else is skipped. Raises `Malformed`."""
        self._elements = 0
        try:
            return self._struct(MAX_DEPTH)
        except IndexError:
            raise Malformed from None

    def _struct(self, depth: int) -> Fields:
        fields: Fields = {}
        field = 0
        while True:
            head = self.data[self.position]
            self.position += 1
            if head == 0:
                return fields
            field = field + (head >> 4) if head >> 4 else self._integer()
            value = self._value(head & 15, depth)
            if value is not None:
                fields[field] = value

    def _value(self, kind: int, depth: int, in_list: bool = False) -> "int | Fields | None":
        self._elements += 1
        if self._elements > MAX_ELEMENTS or not depth:
            raise Malformed
        if kind in INTEGERS:
            return self._integer()
        if kind == STRUCT:
            return self._struct(depth - 1)
        if kind in BOOLEANS:  # a field's type is its value; in a list each has a byte
            self._skip(1 if in_list else 0)
        elif kind == BYTE:
            self._skip(1)
        elif kind == DOUBLE:
            self._skip(8)
        elif kind == BINARY:
            self._skip(self._varint())
        elif kind in LISTS:
            self._skip_list(depth)
        else:
            raise Malformed  # a map, which no page header has, or no type at all
        return None

    def _skip_list(self, depth: int) -> None:
        head = self.data[self.position]
        self.position += 1
        for _ in range(self._varint() if head >> 4 == 15 else head >> 4):
            self._value(head & 15, depth - 1, in_list=True)

    def _skip(self, size: int) -> None:
        self.position += size
        if self.position > len(self.data):
            raise Malformed

    def _integer(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)  # zigzag

    def _varint(self) -> int:
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
