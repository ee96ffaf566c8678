"""The usual shapes of a page's header and of a column's metadata, as patterns: a file has thousands of each.

A pattern matches bytes of one shape alone, and has the numbers of `StructReader` in a fifth of its time. All other
bytes are for that one, which knows what is malformed.
"""

import re
from typing import NamedTuple

VARINT = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
NUMBER = rb"([\x80-\xff]{0,3}[\x00-\x7f])"  # at most 28 bits: a larger one may not fit into its type
LONG = rb"([\x80-\xff]{0,7}[\x00-\x7f])"
# The length of a text comes before it: each of one byte is an alternative, that of a minimum or maximum first.
BINARY = b"(?:%b)" % b"|".join(b"%b.{%d}" % (re.escape(bytes([size])), size) for size in (8, *range(8), *range(9, 128)))


def _kinds(*kinds: int) -> bytes:
    """A field of one of these kinds whose number is written as the distance to the one before."""
    return b"[%b]" % b"".join(b"\\x%02x" % (distance << 4 | kind) for distance in range(1, 16) for kind in kinds)


def _times(pattern: bytes, kinds: str) -> bytes:
    """A list of at most 14 elements of these kinds, after the size that is written before them."""
    sizes = (b"[%b]" % b"".join(b"\\x%x%b" % (size, kind.encode()) for kind in kinds) for size in range(1, 15))
    return b"(?:%b)" % b"|".join(b"%b(?:%b){%d}" % (head, pattern, size) for size, head in enumerate(sizes, 1))


FIELD = b"(?:%b|%b%b|%b%b)" % (_kinds(1, 2), _kinds(4, 5, 6), VARINT, _kinds(8), BINARY)
FLAT = FIELD + rb"{0,20}+\x00"  # a struct of numbers, texts and booleans
NUMBERS = rb"(?:[\x04-\x06]|%b)" % _times(VARINT, "456")
SIZES = rb"(?:%b|%b%b){0,20}+\x00" % (FIELD, _kinds(9), NUMBERS)  # with lists of numbers

DATA_PAGE = rb"\x15\x00\x15%b\x15%b\x2c\x15%b\x15%b\x15%b\x15%b(?:\x1c%b)?\x00\x00" % (
    *[NUMBER] * 4,  # bytes unpacked, packed, values, encoding
    *[VARINT] * 2,
    FLAT,  # statistics
)
DICTIONARY_PAGE = rb"\x15\x04\x15%b\x15%b\x4c\x15%b\x15%b[\x11\x12]?\x00\x00" % (*[NUMBER] * 3, VARINT)
PAGE = re.compile(b"%b|%b" % (DATA_PAGE, DICTIONARY_PAGE), re.DOTALL)
CHUNK = re.compile(
    rb"\x26%b\x1c\x15%b\x19%b\x19\x18%b\x15%b\x16%b\x16%b\x16%b\x26%b(?:\x26%b\x1c|\x3c)%b(?:\x19%b(?:\x3c%b)?)?\x00\x00"
    % (VARINT, VARINT, NUMBERS, BINARY, VARINT, LONG, VARINT, VARINT, LONG, LONG, FLAT, _times(FLAT, "c"), SIZES),
    re.DOTALL,
)


class UsualPage(NamedTuple):
    """The header of a data page, or of a dictionary, which has no encoding."""

    unpacked: int
    packed: int
    values: int
    encoding: int | None
    end: int


class UsualChunk(NamedTuple):
    """The metadata of a column in a row group; no dictionary is None."""

    values: int
    data: int
    dictionary: int | None
    end: int


def usual_page(body: bytes, position: int) -> UsualPage | None:
    """The header there; None for one of another shape, or with a number below 0."""
    match = PAGE.match(body, position)
    if match is None:
        return None
    groups = [each for each in match.groups() if each is not None]
    if any(each[0] & 1 for each in groups):
        return None
    unpacked, packed, values, *encoding = map(_natural, groups)
    return UsualPage(unpacked, packed, values, encoding[0] if encoding else None, match.end())


def usual_chunk(body: bytes, position: int) -> UsualChunk | None:
    """The metadata there; None for some of another shape, or with a number below 0."""
    match = CHUNK.match(body, position)
    if match is None:
        return None
    values, data, dictionary = match.groups()
    if values[0] & 1 or data[0] & 1 or (dictionary is not None and dictionary[0] & 1):
        return None
    first = None if dictionary is None else _natural(dictionary)
    return UsualChunk(_natural(values), _natural(data), first, match.end())


def _natural(varint: bytes) -> int:
    """A number of 0 or more from its zigzag form."""
    number = 0
    for byte in reversed(varint):
        number = number << 7 | byte & 127
    return number >> 1
