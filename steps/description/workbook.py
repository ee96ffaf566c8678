"""A sheet of an Excel workbook as typed columns."""

import copy
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from steps.description import sheet_probe
from steps.description.document import Reading
from steps.description.encoding import CHUNK
from steps.description.percent_cells import percent_cells
from steps.run.console import UserError, listed
from steps.run.printable import shown

SUFFIXES = (".xlsx", ".xlsm")
MOST_BYTES = 4 << 30  # unpacked
MOST_MEMORY = 8 << 30  # bytes, for one sheet
MOST_CELLS = 50_000_000  # of the rectangle up to the last value of a sheet
MOST_BEFORE = 20  # rows above the header, such as a title
WHOLE = 2**53  # from where on a float is no longer every whole number
DIGITS = 15  # of a number, as in Excel
LISTED = 10  # sheets that a message names


@dataclass(frozen=True)
class Sheet:
    """Header and columns of a sheet, and how it was read."""

    header: list[str]
    columns: list[pa.Array]
    reading: Reading


def read_sheet(file: Path, reading: Reading | None) -> Sheet:
    """The sheet that `reading` names, or the first one that has values.

    Numbers, dates and booleans keep their types, but for numbers in per cent, which are texts: `13.5%`. A column of
    several types is of texts. Raise `UserError` where the workbook or the sheet cannot be read.
    """
    _check_size(file)
    _check_memory(file, reading.sheet if reading else "")
    try:
        with CalamineWorkbook.from_path(str(file)) as workbook:
            name, rows = _rows(workbook, reading.sheet if reading else "", file)
        _write_percentages(rows, file, name)
    except PasswordError:
        raise UserError(f"{file} has a password: save it without one") from None
    except (CalamineError, ValueError) as error:
        raise UserError(f"{file} is no workbook of Excel, or is damaged or cut off: copy it again ({error})") from None
    skip = reading.skip if reading else _header_row(rows)
    if skip >= len(rows):
        raise UserError(f"{file}: sheet {name} has no row {skip + 1}: expected its header there")
    header = [_text(cell) or "" for cell in rows[skip]]
    table = [row for row in rows[skip + 1 :] if any(_is_value(cell) for cell in row)]
    columns = [_column([row[place] for row in table]) for place in range(len(header))]
    # Empty columns beside the table are none of it.
    while header and not header[-1] and columns[-1].null_count == len(columns[-1]):
        header.pop(), columns.pop()
    return Sheet(header, columns, Reading(sheet=name, skip=skip))


def _check_size(file: Path) -> None:
    """Raise `UserError` for a workbook that unpacks to too much, or to other sizes than it states: they may be any."""
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                size = _unpacked_size(archive, member, left)
                left -= size
                if left < 0:
                    raise UserError(f"{file} has more than {MOST_BYTES >> 30} GiB unpacked: save the sheet as CSV")
                if size != member.file_size:
                    raise zipfile.BadZipFile
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UserError(f"{file} is no workbook of Excel, or is damaged or cut off: copy it again") from None


def _unpacked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    """The bytes that a member unpacks to, counted up to `most` and a little more, whatever size it states."""
    unstated = copy.copy(member)
    unstated.file_size, size = most + CHUNK, 0
    with archive.open(unstated) as content:  # which ends at the size that it is given
        while size <= most and (chunk := content.read(CHUNK)):
            size += len(chunk)
    return size


def _check_memory(file: Path, sheet: str) -> None:
    """Raise `UserError` where the sheet does not fit in memory, as another process finds out."""
    probe = [sys.executable, "-P", sheet_probe.__file__, str(file.absolute()), sheet, str(MOST_CELLS), str(MOST_MEMORY)]
    status = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
    if status == sheet_probe.TOO_MANY:
        raise UserError(
            f"{file} has more than {MOST_CELLS:,} cells in a sheet: save it as CSV, or delete what stands "
            "far from the table"
        )
    if status:
        raise UserError(
            f"{file} is damaged, or a sheet needs more than {MOST_MEMORY >> 30} GiB of memory: save it as "
            "CSV, or delete what stands far from the table"
        )


def _rows(workbook: CalamineWorkbook, name: str, file: Path) -> tuple[str, list[list[Any]]]:
    names = workbook.sheet_names
    if name and name not in names:
        raise UserError(f"{file} has no sheet {shown(name)}: expected one of {listed(names, LISTED)}")
    for each in [name] if name else names:
        rows = workbook.get_sheet_by_name(each).to_python(skip_empty_area=False)
        if any(_is_value(cell) for row in rows for cell in row):
            return each, rows
    raise UserError(f"{file} is empty: expected a sheet with a header and a row for each client")


def _write_percentages(rows: list[list[Any]], file: Path, sheet: str) -> None:
    """Write the numbers that Excel shows in per cent as it shows them: 0.135 as 13.5%."""
    for row, column in percent_cells(file, sheet):
        cells = rows[row] if row < len(rows) else []
        if column < len(cells) and type(cells[column]) in (int, float):
            percentage = np.format_float_positional(
                cells[column] * 100, precision=DIGITS, unique=False, fractional=False, trim="-"
            )
            cells[column] = f"{percentage}%"


def _header_row(rows: Sequence[Sequence[Any]]) -> int:
    """The first row that is as wide as the table, but for the name of an index: a title is narrower."""
    widths = [sum(map(_is_value, row)) for row in rows[: MOST_BEFORE + 1]]
    widest = max(widths)
    return next(place for place, width in enumerate(widths) if width >= max(1, widest - 1))


def _column(cells: Sequence[Any]) -> pa.Array:
    values = [cell if _is_value(cell) else None for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {int, float}:
        is_whole = all(value is None or (float(value).is_integer() and abs(value) < WHOLE) for value in values)
        kind = pa.int64() if is_whole else pa.float64()
        return pa.array([None if value is None else (int if is_whole else float)(value) for value in values], kind)
    if kinds and kinds <= {date, datetime}:
        return pa.array([None if value is None else _moment(value) for value in values], pa.timestamp("s"))
    return pa.array([_text(value) for value in values], pa.string())


def _moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


def _is_value(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _text(cell: Any) -> str | None:
    """A cell as Excel shows it in the general format."""
    if not _is_value(cell):
        return None
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < WHOLE:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, timedelta):
        return f"{cell.total_seconds() / 86_400:g} days"
    return str(cell).strip()
