"""A file's text in UTF-8 with Unix line ends, whatever its compression, encoding and line ends are."""

import codecs
import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from steps.run.console import UserError

CHUNK = 1 << 20  # bytes
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WESTERN = "cp1252"  # what spreadsheets of Western Europe and America write that is not UTF-8
LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class PlainText:
    """A text file in UTF-8, and the encoding of the original."""

    file: Path
    encoding: str


@contextmanager
def plain_text(file: Path, folder: Path, encoding: str | None = None) -> Iterator[PlainText]:
    """The text of `file`: itself where it is UTF-8 already, else a copy in `folder`, deleted at the end.

    Parameters
    ----------
    file
        A text file, plain, in .gz, or alone in a .zip.
    folder
        Takes what is unpacked or transcoded, as large as the text.
    encoding
        By Python's name; None: found by a byte order mark, else UTF-8 where all bytes are, else Windows-1252.

    Raises
    ------
    UserError
        The archive is damaged or has several files; the bytes are not of this encoding.
    """
    unpacked = folder / "unpacked"
    transcoded = folder / "transcoded"
    try:
        plain = _unpack(file, unpacked)
        found = encoding or _encoding(plain)
        if found in ("utf-8", "utf-8-sig") and not _has_mixed_ends(plain):
            _check_utf8(plain, file)
            yield PlainText(plain, found)
        else:
            _transcode(plain, found, transcoded, file)
            yield PlainText(transcoded, found)
    finally:
        unpacked.unlink(missing_ok=True)
        transcoded.unlink(missing_ok=True)


def _unpack(file: Path, out: Path) -> Path:
    """The file itself, or its decompressed copy."""
    try:
        if file.suffix.lower() == ".gz":
            with gzip.open(file, "rb") as packed, out.open("wb") as copy:
                shutil.copyfileobj(packed, copy, CHUNK)
            return out
        if file.suffix.lower() == ".zip":
            with (
                zipfile.ZipFile(file) as archive,
                archive.open(_only_member(archive, file)) as packed,
                out.open("wb") as copy,
            ):
                shutil.copyfileobj(packed, copy, CHUNK)
            return out
    except (NotImplementedError, RuntimeError) as error:
        raise UserError(f"{file} cannot be unpacked ({error}): it is encrypted or of a rare kind, unpack it") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{file} cannot be unpacked: it is damaged or cut off, copy it again ({error})") from None
    return file


def _only_member(archive: zipfile.ZipFile, file: Path) -> zipfile.ZipInfo:
    """The archive's file; what macOS adds to archives is no file of the lender."""
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise UserError(f"{file}: expected one file in the archive, found {len(members)}: unpack the one to read")
    return members[0]


def _encoding(file: Path) -> str:
    with file.open("rb") as content:
        start = content.read(4)
        for bom, name in BOMS.items():
            if start.startswith(bom):
                return name
        if len(start) == 4 and start[1] == start[3] == 0:
            return "utf-16-le"
        if len(start) == 4 and start[0] == start[2] == 0:
            return "utf-16-be"
        content.seek(0)
        return "utf-8" if _is_utf8(content) else WESTERN


def _is_utf8(content: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := content.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_utf8(plain: Path, file: Path) -> None:
    with plain.open("rb") as content:
        if not _is_utf8(content):
            raise UserError(f"{file} is not UTF-8: name its encoding in the description, such as `encoding: cp1252`")


def _has_mixed_ends(file: Path) -> bool:
    """Whether lines end in different ways, or in a carriage return alone: DuckDB takes neither."""
    ends = set[bytes]()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            if chunk.endswith(b"\r"):
                chunk += content.read(1)
            ends.update(LINE_END.findall(chunk))
            if len(ends) > 1:
                return True
    return ends == {b"\r"}


def _transcode(plain: Path, encoding: str, out: Path, file: Path) -> None:
    try:
        with plain.open(encoding=encoding) as text, out.open("w", encoding="utf-8", newline="\n") as copy:
            shutil.copyfileobj(text, copy, CHUNK)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{file} is not {encoding}: byte {error.start + 1:,} has no character in it; name its encoding in the "
            "description, such as `encoding: cp1250`"
        ) from None
    except LookupError:
        raise UserError(f"{file}: there is no encoding {encoding!r}: expected a name such as utf-8 or cp1252") from None
