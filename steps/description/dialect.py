"""How a text file separates and quotes its values, and where its table begins."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from steps.run.console import UserError, counted
from steps.tables.unreadable import LONGEST

SEPARATORS = ",;\t|"
RARE = ":^~ "  # only where none of the usual ones separates anything
QUOTES = "\"'"
LINES, CHARACTERS = 1_000, 4_000_000  # that show the form
MOST_BEFORE = 20  # lines before the table, such as a title


@dataclass(frozen=True)
class Dialect:
    """The form of a text file.

    Parameters
    ----------
    separator : str
        One character.
    quote : str
        One character.
    skip : int
        Lines before the header.
    """

    separator: str
    quote: str
    skip: int = 0


def dialect_of(text: Path) -> Dialect:
    """The form under which the most lines have the same number of values, and the most values.

    Raise `UserError` for a file without lines, and for a header that has not as many values as the rows.
    """
    csv.field_size_limit(LONGEST)
    with text.open(encoding="utf-8-sig", newline="") as content:
        lines = list(_first(content))
    if not any(line.strip() for line in lines):
        raise UserError("is empty: expected a header and a row for each client")
    fit, dialect = _best(SEPARATORS, lines)
    if not fit[0]:
        rare, other = _best(RARE, lines)
        dialect = other if rare[0] == 1.0 else dialect
    _check_header(dialect, lines)
    return dialect


def _first(content: TextIO) -> Iterator[str]:
    """The lines that show the form; at least one, however long."""
    characters = 0
    for line in islice(content, LINES):
        yield line
        characters += len(line)
        if characters > CHARACTERS:
            return


def header_of(text: Path, dialect: Dialect) -> list[str]:
    """The names in the first line of the table."""
    csv.field_size_limit(LONGEST)
    with text.open(encoding="utf-8-sig", newline="") as content:
        for _ in range(dialect.skip):
            content.readline()
        try:
            return next(csv.reader(content, delimiter=dialect.separator, quotechar=dialect.quote), [])
        except csv.Error as error:
            raise UserError(f"cannot be read: its header, line {dialect.skip + 1}, is broken ({error})") from None


def _best(separators: str, lines: Sequence[str]) -> tuple[tuple[float, int], Dialect]:
    """The best form with one of these separators, and how well it fits; the usual quote wins a tie."""
    found = [
        _placed(Dialect(separator, quote), lines)
        for quote in QUOTES
        for separator in separators
        if quote == QUOTES[0] or _quotes(quote, separator, lines)
    ]
    return max(found, key=lambda each: each[0])


def _quotes(quote: str, separator: str, lines: Sequence[str]) -> bool:
    """Whether some value begins and ends with this quote: 't Hooft does not, 'Hooft, Jan' does."""
    value = re.compile(
        rf"(?:^|{re.escape(separator)})\s*{quote}(?:[^{quote}]|{quote * 2})*{quote}\s*(?:$|{re.escape(separator)})"
    )
    return any(value.search(line.rstrip("\r\n")) for line in lines if quote in line)


def _check_header(dialect: Dialect, lines: Sequence[str]) -> None:
    """Raise `UserError` where a line that would be skipped has nearly as many values as the first row: it is no title.

    R writes names of rows without a name of their column; the first client would be taken for the header.
    """
    rows = _rows(dialect, lines)
    place = next((place for place, (before, _) in enumerate(rows) if before == dialect.skip), 0)
    if not place:
        return
    (above, header), (_, first) = rows[place - 1 : place + 1]
    if above + 1 == dialect.skip and len(header) >= max(2, len(first) - 1):
        raise UserError(
            f"cannot be read: line {dialect.skip + 1} has {counted(len(first), 'value')} where the header has "
            f"{len(header)}"
        )


def _placed(dialect: Dialect, lines: Sequence[str]) -> tuple[tuple[float, int], Dialect]:
    """How well the lines fit, and the dialect with the lines before the table."""
    rows = _rows(dialect, lines)
    counts = Counter(len(values) for _, values in rows)
    columns, count = max(counts.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
    if columns == 1:
        return (0.0, 0), dialect
    before = [line for line, values in rows[:MOST_BEFORE] if len(values) == columns]
    return (count / len(rows), columns), Dialect(dialect.separator, dialect.quote, before[0] if before else 0)


def _rows(dialect: Dialect, lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    """The lines before each row, and its values; rows without any are left out."""
    reader = csv.reader(lines, delimiter=dialect.separator, quotechar=dialect.quote)
    rows, before = [], 0
    try:
        for values in reader:
            if values:
                rows.append((before, values))
            before = reader.line_num
    except csv.Error:
        return rows
    return rows
