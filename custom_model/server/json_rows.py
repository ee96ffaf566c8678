"""The rows of a JSON body, cut out of it in parts that are decoded one after the other.

What is made of a part fits into a processor's cache, and its memory is used again for the next one. Each part is valid
JSON when it is decoded, and so is the rest of the body with a text by chance in the place of all rows: where the rest
has that text as the only row, the body says what the parts and the rest say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Self

import numpy as np

WHITE = b" \t\n\r"
OBJECT, LIST = b"{", b"["
CLOSING = {OBJECT: b"}", LIST: b"]"}
GLUE = {  # between two rows
    opening: re.compile(rb"(?<=%b)[ \t\n\r]*,[ \t\n\r]*\Z" % re.escape(closing)) for opening, closing in CLOSING.items()
}
FAR = 64  # bytes in which the end of a row is looked for; more white space is for the parser of all bodies
ARRAYS_AFTER = 2  # the rows of a table: its columns and its index
STRAY = 1_000  # brackets in texts; more are for the parser of all bodies


@dataclass(frozen=True)
class Rows:
    """Where the rows of a body are.

    Parameters
    ----------
    body : bytes
        The whole body.
    parts : list of tuple of int
        First byte and end of each part: rows with commas between them.
    mark : str
        A text that no sender can know.
    rest : bytes
        The body with the mark in the place of all rows.
    """

    body: bytes
    parts: list[tuple[int, int]]
    mark: str
    rest: bytes

    @classmethod
    def of(cls, body: bytes, first: int, at_once: int) -> Self | None:
        """The rows from the bracket of the first one on, so many in a part; None where they are not found."""
        opening = body[first : first + 1]
        end = _end(body, first, CLOSING[opening])
        if end is None:
            return None
        starts = first + np.flatnonzero(np.frombuffer(body, np.uint8)[first:end] == ord(opening))
        parts = _parts(body, starts.tolist(), end, at_once, GLUE[opening])
        if parts is None:
            return None
        mark = token_hex()
        return cls(body, parts, mark, b'%b"%b"%b' % (body[:first], mark.encode(), body[end:]))

    def lists(self) -> Iterator[bytes]:
        """The parts, each as a list of rows."""
        return (b"[%b]" % self.body[start:end] for start, end in self.parts)


def _end(body: bytes, first: int, closing: bytes) -> int | None:
    """Where the list of rows ends: at the last bracket that follows the one of a row."""
    end = body.rfind(b"]", first)
    for _ in range(ARRAYS_AFTER):
        if end < 0 or body[max(first, end - FAR) : end].rstrip(WHITE).endswith(closing):
            break
        end = body.rfind(b"]", first, max(first, body.rfind(b"[", first, end)))
    return None if end < 0 else end


def _parts(
    body: bytes, starts: list[int], end: int, at_once: int, between: re.Pattern[bytes]
) -> list[tuple[int, int]] | None:
    """First byte and end of each part. A bracket in a text is no start of a row, and no part begins there."""
    parts, begin, place, stray = list[tuple[int, int]](), starts[0], at_once, 0
    while place < len(starts) and stray < STRAY:
        glue = between.search(body, starts[place] - FAR, starts[place])
        if glue is None:
            stray, place = stray + 1, place + 1
            continue
        parts.append((begin, glue.start()))
        begin, place = starts[place], place + at_once
    return None if stray == STRAY else [*parts, (begin, end)]
