"""The cells of a workbook that Excel shows in per cent: 0.135 as 13.5%.

The number alone does not say so; its format does, which the sheet has by cell and the styles by number
(ECMA-376, part 1, 18.8.30). Nothing is read cell by cell where no style of the workbook is one in per cent.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn
from xml.parsers import expat

BUILT_IN = (9, 10)  # 0% and 0.00%
WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')  # of a format's code: texts, escaped characters, blanks of a width
CELL = re.compile(r"([A-Z]+)(\d+)")
Attributes = dict[str, str]


def percent_cells(file: Path, sheet: str) -> Iterator[tuple[int, int]]:
    """Row and column, from 0 on, of each cell of the sheet that is in per cent.

    Raise `ValueError` where the workbook's XML is broken or has a document type, which no workbook needs.
    """
    with zipfile.ZipFile(file) as archive:
        styles = _percent_styles(archive)
        part = _part(archive, sheet) if styles else None
        if part is not None:
            yield from _cells(archive, part, styles)


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """The styles of cells, by their place in the list, whose number format is in per cent."""
    if STYLES not in archive.namelist():
        return set()
    custom: dict[str, bool] = {}
    styles: list[str] = []
    within: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if name == "numFmt" and "numFmts" in within:
            custom[attributes.get("numFmtId", "")] = "%" in LITERAL.sub("", attributes.get("formatCode", ""))
        elif name == "xf" and "cellXfs" in within:
            styles.append(attributes.get("numFmtId", ""))
        within.append(name)

    _parse(archive, STYLES, start, lambda _: within.pop())
    return {str(place) for place, number in enumerate(styles) if custom.get(number, number in map(str, BUILT_IN))}


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The file of a sheet in the archive."""
    relations: dict[str, str] = {}
    targets: dict[str, str] = {}

    def of_workbook(name: str, attributes: Attributes) -> None:
        if name == "sheet":
            identities = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            relations.update({attributes.get("name", ""): each for each in identities})

    def of_relations(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, WORKBOOK, of_workbook)
    _parse(archive, RELATIONS, of_relations)
    target = targets.get(relations.get(sheet, ""), "")
    part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return part if part in archive.namelist() else None


def _cells(archive: zipfile.ZipFile, part: str, styles: set[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    row = column = -1

    def start(name: str, attributes: Attributes) -> None:
        nonlocal row, column
        if name == "c":
            # Without an address a cell follows the one before it; with one, that counts, as for who reads the values.
            address = CELL.fullmatch(attributes.get("r", ""))
            row, column = (int(address[2]) - 1, _column(address[1])) if address else (row, column + 1)
            if attributes.get("s", "0") in styles:
                found.append((row, column))
        elif name == "row":
            row, column = int(attributes.get("r", row + 2)) - 1, -1

    _parse(archive, part, start)
    return found


def _column(letters: str) -> int:
    """0 for A, 26 for AA."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], object] | None = None,
) -> None:
    """Call `start` and `end` with the name of each element, without its prefix."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.StartDoctypeDeclHandler = _refuse
    try:
        with archive.open(part) as content:
            parser.ParseFile(content)
    except (expat.ExpatError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{part}: {error}") from None


def _refuse(*_: object) -> NoReturn:
    raise ValueError("it has a document type")
