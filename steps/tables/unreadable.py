"""Why a file cannot be read, by line and count, never by value: DuckDB's reasons repeat rows and settings."""

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

import duckdb

from steps.run.console import UserError, counted

DELIMITERS = ",;\t|"
LONGEST = 2_000_000  # characters of a line, as in DuckDB, which drops one of 64 MB in silence
BEGINNING = 1024  # bytes
LINE = re.compile(r"CSV Error on Line: (\d+)")
COLUMNS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
WRITING = "Could not write"
KIND = re.compile(r"^[\w ]*Error: ")
REASONS = {
    "not utf-8": "is not UTF-8: save the file as UTF-8",
    "unicode": "is not UTF-8: save the file as UTF-8",
    "Invalid string encoding": "has texts that are not UTF-8: write it again with such",
    "No space left on device": "finds no space on the disk of the output: free some there, or choose another place",
    "unterminated quote": "has a quote that is not closed",
    "Maximum line size": "is too long, as after a quote that is not closed",
}


@contextmanager
def reported(file: Path, text: Path | None = None) -> Iterator[None]:
    """Turn DuckDB's errors in this block into a `UserError` with the file and the reason, but those of its own disk.

    `text` is the file's plain text, where it is read in its place.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) and WRITING in str(error):
            raise  # of the disk that takes what does not fit into memory
        raise UserError(f"{file} {_reason(str(error), file, text)}") from None


def check_not_empty(file: Path) -> None:
    """Raise `UserError` for a file without content, which DuckDB reads as a table without rows."""
    with file.open("rb") as content:
        is_blank = not content.read(BEGINNING).strip() and not content.read(1)
    if is_blank:
        raise UserError(f"{file} is empty: expected a header and a row for each client")


def check_shape(file: Path) -> None:
    """Raise `UserError` for a CSV with a line that has another number of values than the header.

    DuckDB reads such a file as one with other separators, whose columns nobody expects.
    """
    problem = _shape_problem(file)
    if problem is not None:
        raise UserError(f"{file} cannot be read: {problem}")


def _shape_problem(file: Path) -> str | None:
    """The first line of a CSV whose number of values is not the header's; None if all have as many."""
    if not file.name.endswith((".csv", ".csv.gz")):
        return None
    try:
        with _opened(file) as text:
            lines = csv.reader(text, delimiter=_delimiter(text.readline()))
            text.seek(0)
            columns = len(next(lines, []))
            for row in lines:
                if row and len(row) != columns:
                    is_last = next(lines, None) is None
                    return _count_differs(lines.line_num - (not is_last), len(row), columns, is_last)
    except (csv.Error, OSError, EOFError):
        return None
    return None


def _opened(file: Path) -> TextIO:
    csv.field_size_limit(LONGEST)
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", errors="replace", newline="")
    return file.open(encoding="utf-8", errors="replace", newline="")


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _reason(message: str, file: Path, text: Path | None) -> str:
    line, columns = LINE.search(message), COLUMNS.search(message)
    where = f"cannot be read: line {line.group(1)}" if line else "cannot be read: it"
    if columns:
        expected, found = map(int, columns.groups())
        number = int(line.group(1)) if line else 0
        return f"cannot be read: {_count_differs(number, found, expected, _is_last(number, text))}"
    if "sniffing" in message:
        return f"cannot be read: {_shape_problem(file) or 'its lines have no common form of a CSV'}"
    for sign, reason in REASONS.items():
        if sign in message:
            return f"{where} {reason}"
    if "GZIP" in message or file.suffix == ".parquet":
        return f"cannot be read: it is damaged or cut off, copy it again ({_first_line(message)})"
    return f"cannot be read: {_first_line(message)}"


def _is_last(number: int, text: Path | None) -> bool:
    """Whether only blank lines follow this one, counted from 1."""
    if text is None:
        return False
    with text.open("rb") as content:
        return not any(each.strip() for each in islice(content, number, None))


def _first_line(message: str) -> str:
    return KIND.sub("", message.strip().splitlines()[0])


def _count_differs(line: int, values: int, columns: int, is_last: bool = False) -> str:
    cut = "; it is the last: the file may be cut off" if is_last and values < columns else ""
    return f"line {line} has {counted(values, 'value')} where the header has {columns}{cut}"
