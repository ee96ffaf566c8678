"""A file's text in UTF-8 with Unix line ends, whatever its compression, encoding and line ends are."""

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from steps.description.encoding import CHUNK, UTF8, check_decodes, surveyed
from steps.run.console import UserError

TABLES = (".xlsx", ".xlsm", ".parquet")  # that are no texts
MOST_GROWTH = 200  # times its own size that an archive unpacks to: tables reach 20, a bomb 1,000
LEAST_BOUND = 64 << 20  # bytes that any archive may unpack to


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
        The archive is damaged, has several files, or grows as no table does; the bytes are not of this encoding.
    """
    unpacked = folder / "unpacked"
    transcoded = folder / "transcoded"
    try:
        plain = _unpack(file, unpacked)
        found = surveyed(plain, file, encoding)
        if found.encoding in UTF8 and found.has_usual_ends:
            check_decodes(plain, found.encoding, file)
            yield PlainText(plain, found.encoding)
        else:
            _transcode(plain, found.encoding, transcoded, file)
            yield PlainText(transcoded, found.encoding)
    finally:
        unpacked.unlink(missing_ok=True)
        transcoded.unlink(missing_ok=True)


def _unpack(file: Path, out: Path) -> Path:
    """The file itself, or its decompressed copy."""
    try:
        if file.suffix.lower() == ".gz":
            with gzip.open(file, "rb") as packed:
                _copy(packed, out, file)
            return out
        if file.suffix.lower() == ".zip":
            with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive, file)) as packed:
                _copy(packed, out, file)
            return out
    except (NotImplementedError, RuntimeError) as error:
        raise UserError(f"{file} cannot be unpacked ({error}): it is encrypted or of a rare kind, unpack it") from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{file} cannot be unpacked: it is damaged or cut off, copy it again ({error})") from None
    return file


def _copy(packed: gzip.GzipFile | IO[bytes], out: Path, file: Path) -> None:
    """Write the unpacked bytes to `out`; they are counted, since the size that an archive states may be any."""
    most, size = max(MOST_GROWTH * file.stat().st_size, LEAST_BOUND), 0
    with out.open("wb") as copy:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise UserError(
                    f"{file} grows to more than {MOST_GROWTH} times its size, as no table does: unpack it and look at "
                    "it, and name the file in it"
                )
            copy.write(chunk)


def _only_member(archive: zipfile.ZipFile, file: Path) -> zipfile.ZipInfo:
    """The archive's file; what macOS adds to archives is no file of the lender."""
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise UserError(f"{file}: expected one file in the archive, found {len(members)}: unpack the one to read")
    if members[0].filename.lower().endswith(TABLES):
        raise UserError(f"{file}: expected a text file in the archive: unpack it, and name the file in it")
    return members[0]


def _transcode(plain: Path, encoding: str, out: Path, file: Path) -> None:
    check_decodes(plain, encoding, file)
    with plain.open(encoding=encoding) as text, out.open("w", encoding="utf-8", newline="\n") as copy:
        shutil.copyfileobj(text, copy, CHUNK)
