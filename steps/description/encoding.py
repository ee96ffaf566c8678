"""The bytes of a text file: their encoding, their line ends, and where they are no text."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from steps.run.console import UserError
from steps.run.printable import shown
from steps.tables.unreadable import LONGEST

CHUNK = 1 << 20  # bytes
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
UTF8 = ("utf-8", "utf-8-sig")
ESCAPES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7")  # ASCII that stands for other texts
WESTERN = "cp1252"  # what spreadsheets of Western Europe and America write that is not UTF-8
OTHERS = {
    b"PK\x03\x04": "is a workbook or an archive: name it .xlsx or .zip, as it is",
    b"\xd0\xcf\x11\xe0": "is an old workbook of Excel: save it as .xlsx",
    b"\x1f\x8b": "is compressed: name it .gz",
    b"PAR1": "is a Parquet file: name it .parquet",
    b"%PDF": "is a PDF: expected a table",
    b"<!doctype": "is a web page: expected a table, download it again",
    b"<html": "is a web page: expected a table, download it again",
}


@dataclass(frozen=True)
class Survey:
    """What the bytes of a file show.

    Parameters
    ----------
    encoding : str
        By Python's name: that of its byte order mark, else UTF-8 where all bytes are, else Windows-1252.
    has_usual_ends : bool
        Whether all lines end in the same way, and not in a carriage return alone: DuckDB takes nothing else.
    """

    encoding: str
    has_usual_ends: bool


def surveyed(plain: Path, file: Path, encoding: str | None = None) -> Survey:
    """Look through a file once; `encoding` is the one that its description names.

    Raise `UserError` for what is no text: another kind of file, or a NUL byte, with its line.
    """
    with plain.open("rb") as content:
        start = content.read(16)
        found = encoding or _marked(start)
        _check_kind(start, file)
        content.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_utf8, last, feeds, returns, pairs, lines = True, b"", 0, 0, 0, 0
        while chunk := content.read(CHUNK):
            if found in (None, *UTF8, WESTERN) and b"\0" in chunk:
                line = lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
                raise UserError(
                    f"{file} cannot be read: line {line:,} has a NUL byte: the file is damaged, or no text in UTF-8"
                )
            feeds, returns, pairs = (
                feeds + chunk.count(b"\n"),
                returns + chunk.count(b"\r"),
                pairs + _pairs(last, chunk),
            )
            last, lines = chunk[-1:], feeds
            if is_utf8 and found in (None, *UTF8):
                is_utf8 = _is_decoded(decoder, chunk)
        is_utf8 = is_utf8 and _is_decoded(decoder, b"", final=True)
    ends = (pairs == feeds == returns) or not returns
    return Survey(found or ("utf-8" if is_utf8 else WESTERN), ends)


def check_decodes(plain: Path, encoding: str, file: Path) -> None:
    """Raise `UserError` with line and column of the first byte that is none of this encoding, of a NUL, or no end.

    A line without an end would have to be held in memory.
    """
    _check_name(encoding, file)
    decoder, line, column = codecs.getincrementaldecoder(encoding)(), 1, 1
    with plain.open("rb") as content:
        while True:
            chunk = content.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line, column = _after(error.object[: error.start].decode(encoding, "ignore"), line, column)
                raise UserError(
                    f"{file} is not {encoding}: line {line:,}, column {column:,} has a byte that is none of it; name "
                    "its encoding in the description, such as `encoding: cp1250`, or save the file as UTF-8"
                ) from None
            except UnicodeError:
                raise UserError(
                    f"{file} is not {encoding}: it has no byte order mark; name utf-16-le or utf-16-be"
                ) from None
            if "\0" in text:
                line, column = _after(text[: text.index("\0")], line, column)
                raise UserError(
                    f"{file} cannot be read: line {line:,}, column {column:,} has a NUL character: the file is damaged"
                )
            line, column = _after(text, line, column)
            if column > LONGEST:
                raise UserError(
                    f"{file} cannot be read: line {line:,} is too long, as after a quote that is not closed: expected "
                    f"at most {LONGEST:,} characters"
                )
            if not chunk:
                return


def _check_name(encoding: str, file: Path) -> None:
    """Raise `UserError` for what names no encoding of texts, or one whose texts are ASCII with escapes."""
    try:
        b"a".decode(encoding)
    except UnicodeDecodeError:  # of UTF-16, in which one byte is no character
        return
    except (LookupError, ValueError):
        known = False
    else:
        known = codecs.lookup(encoding).name not in ESCAPES
    if not known:
        raise UserError(f"{file}: there is no encoding {shown(encoding)}: expected a name such as utf-8 or cp1252")


def _marked(start: bytes) -> str | None:
    """The encoding that the first bytes show, a mark or the zeros of UTF-16; None where they show none."""
    for bom, name in BOMS.items():
        if start.startswith(bom):
            return name
    if len(start) >= 4 and start[1] == start[3] == 0 and start[0]:
        return "utf-16-le"
    if len(start) >= 4 and start[0] == start[2] == 0 and start[1]:
        return "utf-16-be"
    return None


def _check_kind(start: bytes, file: Path) -> None:
    for sign, problem in OTHERS.items():
        if start.lstrip().lower().startswith(sign.lower()):
            raise UserError(f"{file} {problem}")


def _pairs(last: bytes, chunk: bytes) -> int:
    """The carriage returns that a line feed follows, also over the border of two chunks."""
    return chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))


def _is_decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    """Line and column after a text that begins at this one."""
    lines = text.count("\n") or text.count("\r")
    last = max(text.rfind("\n"), text.rfind("\r"))
    return line + lines, len(text) - last if last >= 0 else column + len(text)
