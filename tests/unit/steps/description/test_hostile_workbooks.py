"""A workbook is read as values: it opens nothing else, and takes no more memory than its table."""

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from steps.description import workbook
from steps.run.console import UserError
from tests.unit.steps.description.files import values_of

HEADER = ["age", "home", "bad"]
ROWS = [[30, "own", 0], [41, "rent", 1], [52, "own", 0]]
SHEET = "xl/worksheets/sheet1.xml"
DIRECTORY = b"PK\x01\x02"


def book(file: Path, cells: dict[str, object]) -> Path:
    made = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        made.active.append(row)
    for place, value in cells.items():
        made.active[place] = value
    made.save(file)
    return file


@pytest.mark.parametrize("place", ["XFD1048576", "ZZ1048576"])
def test_a_cell_far_from_the_table_is_an_error_before_its_rectangle_is_in_memory(tmp_path, place):
    """That of ZZ1048576 would take 17 GB, and its reader ends the process where it gets none."""
    file = book(tmp_path / "loans.xlsx", {place: 1})

    with pytest.raises(UserError, match=r"loans\.xlsx is damaged, or a sheet needs more than 8 GiB") as error:
        values_of(file, "bad")

    assert "\n" not in str(error.value)


def test_a_sheet_of_more_cells_than_can_be_held_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 40)

    assert values_of(book(tmp_path / "loans.xlsx", {}), "bad")[0]["age"] == [30, 41, 52]
    with pytest.raises(UserError, match=r"loans\.xlsx has more than 40 cells in a sheet: save it as CSV"):
        values_of(book(tmp_path / "loans.xlsx", {"J5": 1}), "bad")


def test_formulas_and_links_are_never_followed(tmp_path):
    """Not calculated either: a cell has the value that its last program saved, or none."""
    web = '=WEBSERVICE("http://127.0.0.1:9/")'
    cells = {"A2": web, "B2": '=HYPERLINK("http://127.0.0.1:9/","own")', "A3": "='[/etc/passwd]a'!A1", "A4": 7}
    file = book(tmp_path / "loans.xlsx", cells)

    columns, described = values_of(file, "bad")

    assert columns == {"age": [None, None, 7], "home": [None, "rent", "own"], "bad": [0, 1, 0]}
    assert "127.0.0.1" not in str(described)


def test_entities_of_xml_are_not_expanded(tmp_path):
    entity = b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'

    def naming(sheet: bytes) -> bytes:
        assert b">own<" in sheet
        return sheet.replace(b"<worksheet", entity, 1).replace(b">own<", b">&a;<")

    file = changed(book(tmp_path / "loans.xlsx", {}), SHEET, naming)

    with pytest.raises(UserError, match=r"loans\.xlsx is no workbook of Excel, .*unrecognized entity") as error:
        values_of(file, "bad")

    assert "root:" not in str(error.value)


def test_a_workbook_is_as_large_as_it_unpacks_to_and_not_as_it_states(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_BYTES", 1 << 20)
    file = changed(book(tmp_path / "loans.xlsx", {}), SHEET, lambda text: text + b" " * (4 << 20))

    with pytest.raises(UserError, match=r"loans\.xlsx has more than 0 GiB unpacked: save the sheet as CSV"):
        values_of(file, "bad")

    stated(file, SHEET, 1000)
    with pytest.raises(UserError, match=r"loans\.xlsx has more than 0 GiB unpacked: save the sheet as CSV"):
        values_of(file, "bad")


def test_a_workbook_that_states_other_sizes_is_damaged(tmp_path):
    file = book(tmp_path / "loans.xlsx", {})
    stated(file, SHEET, 10)

    with pytest.raises(UserError, match=r"loans\.xlsx is no workbook of Excel, or is damaged or cut off"):
        values_of(file, "bad")


def changed(file: Path, member: str, change) -> Path:
    """The workbook with another content of a member."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[member] = change(contents[member])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    file.write_bytes(packed.getvalue())
    return file


def stated(file: Path, member: str, size: int) -> None:
    """Let the workbook state this size of a member, before it and in the directory."""
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        start = archive.getinfo(member).header_offset
    content[start + 22 : start + 26] = struct.pack("<I", size)
    entry = content.index(DIRECTORY)
    while content[entry + 46 : entry + 46 + len(member)] != member.encode():
        entry = content.index(DIRECTORY, entry + 4)
    content[entry + 24 : entry + 28] = struct.pack("<I", size)
    file.write_bytes(bytes(content))
