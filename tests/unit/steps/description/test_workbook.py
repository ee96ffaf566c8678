"""A workbook of Excel: its cells arrive with their types."""

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from steps.description.document import Reading
from steps.description.source import opened
from steps.description.workbook import read_sheet
from steps.run.console import UserError
from steps.run.settings import Settings
from tests.unit.steps.description.files import values_of

HEADER = ["amount", "issued", "own", "home", "rate", "bad"]
ROWS = [
    [1100, date(2012, 1, 31), True, " rent ", "13.5%", 0],
    [None, datetime(2011, 12, 1), False, None, "5%", 1],
    [2.5, None, True, "own", " ", 0],
]
ARRIVED = {
    "amount": [1100, None, 2.5],
    "issued": [date(2012, 1, 31), date(2011, 12, 1), None],
    "own": [1, 0, 1],
    "home": ["rent", None, "own"],
    "rate": [13.5, 5, None],
    "bad": [0, 1, 0],
}


def workbook(file: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file


@pytest.mark.parametrize("suffix", [".xlsx", ".XLSX"])
def test_numbers_dates_and_booleans_keep_their_types(tmp_path, suffix):
    file = workbook(tmp_path / f"loans{suffix}", Loans=[HEADER, *ROWS])

    columns, described = values_of(file, "bad")

    assert columns == ARRIVED
    assert described.description.reading == Reading(sheet="Loans")


def test_a_title_an_index_and_empty_sheets_and_rows_are_none_of_the_table(tmp_path):
    table = [["Loans of 2012"], [], [None, *HEADER], *([number, *row] for number, row in enumerate(ROWS)), [], [" "]]
    file = workbook(tmp_path / "loans.xlsx", Notes=[], Loans=table)

    columns, described = values_of(file, "bad")

    assert columns == ARRIVED
    assert described.description.reading == Reading(sheet="Loans", skip=2)
    assert described.warnings == ["column 1 is left out: it has no name, as an index that pandas wrote"]


def test_the_sheet_and_the_rows_above_its_header_are_those_of_the_description(tmp_path):
    file = workbook(tmp_path / "loans.xlsx", Old=[["x", "bad"], [9, 9]], Loans=[["a", "b"], ["c", "d"], HEADER, *ROWS])

    sheet = read_sheet(file, Reading(sheet="Loans", skip=2))

    assert sheet.header == HEADER
    assert sheet.columns[0].to_pylist() == [1100, None, 2.5]


def test_a_column_of_several_types_is_of_texts_as_excel_shows_them(tmp_path):
    cells = ["n/a", 12.0, 12.5, True, date(2012, 1, 31), timedelta(days=1.5)]
    file = workbook(tmp_path / "loans.xlsx", Loans=[["x", "bad"], *([cell, 0] for cell in cells)])

    assert read_sheet(file, None).columns[0].to_pylist()[:5] == ["n/a", "12", "12.5", "TRUE", "2012-01-31"]


def test_ids_are_whole_numbers(tmp_path):
    file = workbook(tmp_path / "loans.xlsx", Loans=[["id", "bad"], [9007199254740991, 0], [7, 1]])

    assert read_sheet(file, None).columns[0].to_pylist() == [9007199254740991, 7]


def test_a_time_of_the_day_is_kept_until_days_are_counted(tmp_path):
    file = workbook(tmp_path / "loans.xlsx", Loans=[["at", "bad"], [datetime(2012, 1, 31, 23, 59), 0]])

    assert read_sheet(file, None).columns[0].to_pylist() == [datetime.combine(date(2012, 1, 31), time(23, 59))]


WRONG = {
    "a sheet that there is not": (Reading(sheet="Loan"), "has no sheet 'Loan': expected one of Loans"),
    "a header beyond the end": (Reading(sheet="Loans", skip=9), "sheet Loans has no row 10"),
}


@pytest.mark.parametrize(("reading", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_reading_is_an_error(tmp_path, reading, problem):
    file = workbook(tmp_path / "loans.xlsx", Loans=[HEADER, *ROWS])

    with pytest.raises(UserError, match=problem), opened(file, tmp_path, Settings(), reading):
        pass


def test_a_workbook_without_values_is_empty(tmp_path):
    with pytest.raises(UserError, match="is empty: expected a sheet with a header"):
        values_of(workbook(tmp_path / "loans.xlsx", Loans=[], Other=[[" "]]), "bad")


def test_half_a_workbook_is_damaged(tmp_path):
    content = workbook(tmp_path / "whole.xlsx", Loans=[HEADER, *ROWS]).read_bytes()
    (tmp_path / "half.xlsx").write_bytes(content[: len(content) // 2])

    with pytest.raises(UserError, match="is damaged or cut off"):
        values_of(tmp_path / "half.xlsx", "bad")


def formatted(file: Path, formats: list[str | None], rows: list[list[Any]], above: int = 0) -> Path:
    """A workbook whose columns have these number formats, under a header and as many empty rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    for _ in range(above):
        sheet.append([])
    sheet.append([f"c{place}" for place in range(len(formats))])
    for row in rows:
        sheet.append(row)
        for place, each in enumerate(formats, start=1):
            if each is not None:
                sheet.cell(sheet.max_row, place).number_format = each
    book.save(file)
    return file


IN_PERCENT = ["0%", "0.00%", "0.000 %", '[Red]-0.0%;0.0%', '"about "0%']  # fmt: skip


@pytest.mark.parametrize("code", IN_PERCENT)
@pytest.mark.parametrize("above", [0, 3])
def test_numbers_that_excel_shows_in_per_cent_are_percentages_as_in_a_csv(tmp_path, code, above):
    rows = [[0.135, 0], [0.07, 1], [None, 0], [1, 1], [0.1 + 0.2, 0], [1e-7, 0], [-0.5, 1]]
    file = formatted(tmp_path / "loans.xlsx", [code, None], rows, above)

    columns, described = values_of(file, "c1")

    assert columns["c0"] == [13.5, 7, None, 100, 30, 1e-5, -50]
    assert described.description.columns["c0"].kind == "percentage"


@pytest.mark.parametrize("code", ["General", "0.00", '0" %"', "0\\%", "#,##0", "0.00E+00"])
def test_a_percent_sign_that_does_not_scale_the_number_is_none(tmp_path, code):
    columns, described = values_of(formatted(tmp_path / "loans.xlsx", [code, None], [[0.135, 0], [5, 1]]), "c1")

    assert columns["c0"] == [0.135, 5]
    assert described.description.columns["c0"].kind == "number"


def test_only_the_cells_in_per_cent_are_scaled(tmp_path):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1], [0.2, 0]])
    book = openpyxl.load_workbook(file)
    book.active.cell(3, 1).number_format = "General"
    book.active.cell(3, 1).value = 7
    book.save(file)

    columns, described = values_of(file, "c1")

    assert columns["c0"] == [13.5, 7, 20]
    assert described.warnings == ["c0: 1 of 3 values bear no sign of a percentage: read as the others"]


def test_percentages_of_another_sheet_are_none_of_this_one(tmp_path):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1]])
    book = openpyxl.load_workbook(file)
    other = book.create_sheet("Other", 0)
    for row in (["c0", "c1"], [0.5, 0], [0.6, 1]):
        other.append(row)
    book.save(file)

    assert values_of(file, "c1")[0]["c0"] == [0.5, 0.6]


def rewritten(file: Path, part: str, present: bytes, replaced: bytes) -> None:
    """Replace bytes of a part of the archive."""
    with zipfile.ZipFile(file) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    assert present in parts[part]
    parts[part] = parts[part].replace(present, replaced)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_cells_without_an_address_follow_one_another(tmp_path):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1]])
    for address in (b"A", b"B"):
        for row in (b"1", b"2", b"3"):
            rewritten(file, "xl/worksheets/sheet1.xml", b' r="%b%b"' % (address, row), b"")

    assert values_of(file, "c1")[0]["c0"] == [13.5, 7]


@pytest.mark.parametrize("number", [b"3", b"9"])
def test_the_address_of_a_cell_counts_whatever_number_its_row_has(tmp_path, number):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1]])
    rewritten(file, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="%b"' % number)

    assert values_of(file, "c1")[0]["c0"] == [13.5, 7]


@pytest.mark.parametrize("number", [b"0", b"-1"])
def test_a_row_of_no_possible_number_is_an_error(tmp_path, number):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1]])
    for present in (b'<row r="2"', b'<c r="A2"'):
        rewritten(file, "xl/worksheets/sheet1.xml", present, present.replace(b"2", number))

    with pytest.raises(UserError, match="is damaged or cut off: copy it again"):
        values_of(file, "c1")


def test_a_document_type_in_a_workbook_is_refused(tmp_path):
    file = formatted(tmp_path / "loans.xlsx", ["0%", None], [[0.135, 0], [0.07, 1]])
    rewritten(file, "xl/styles.xml", b"<styleSheet", b'<!DOCTYPE x [<!ENTITY a "b">]><styleSheet')

    with pytest.raises(UserError, match="is damaged or cut off: copy it again"):
        values_of(file, "c1")
