"""Archives of a lender's file that cannot be unpacked, and what is left of them."""

import gzip
import zipfile
from pathlib import Path

import pytest

from steps.description.plain_text import plain_text
from steps.run.console import UserError

DIRECTORY = b"PK\x01\x02"


def zipped(folder: Path, *members: str) -> Path:
    with zipfile.ZipFile(folder / "loans.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, b"secret" * 1000)
    return folder / "loans.zip"


def changed(file: Path, start: int, content: bytes) -> Path:
    whole = file.read_bytes()
    file.write_bytes(whole[:start] + content + whole[start + len(content) :])
    return file


def flagged(folder: Path, place: int, flag: bytes) -> Path:
    """A zip file with another flag in its member's own header and in the directory, two bytes later."""
    file = zipped(folder, "loans.csv")
    changed(file, file.read_bytes().index(DIRECTORY) + place + 2, flag)
    return changed(file, place, flag)


def gzipped(folder: Path, content: bytes) -> Path:
    (folder / "loans.csv.gz").write_bytes(content)
    return folder / "loans.csv.gz"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: changed(zipped(folder, "loans.csv"), 45, 20 * b"\xff"), "it is damaged or cut off"),
        (lambda folder: changed(zipped(folder, "loans.csv"), 0, b"nozip"), "it is damaged or cut off"),
        (lambda folder: flagged(folder, 6, b"\x01"), "it is encrypted or of a rare kind, unpack it"),
        (lambda folder: flagged(folder, 8, b"\x63"), "it is encrypted or of a rare kind, unpack it"),
        (lambda folder: zipped(folder, "a.csv", "b.csv"), "expected one file in the archive, found 2"),
        (lambda folder: zipped(folder), "expected one file in the archive, found 0"),
        (lambda folder: gzipped(folder, gzip.compress(b"secret" * 1000)[:-9]), "it is damaged or cut off"),
        (lambda folder: gzipped(folder, changed_middle(gzip.compress(bytes(range(256)) * 40))), "damaged or cut off"),
    ],
    ids=["corrupt", "no zip", "encrypted", "rare", "two members", "empty", "gzip cut off", "gzip corrupt"],
)
def test_an_archive_that_cannot_be_unpacked_is_told_and_leaves_nothing(tmp_path, make, reason):
    (tmp_path / "in").mkdir()
    (tmp_path / "scratch").mkdir()
    file = make(tmp_path / "in")

    with pytest.raises(UserError, match=reason) as error, plain_text(file, tmp_path / "scratch"):
        pass

    assert str(error.value).startswith(str(file))
    assert "secret" not in str(error.value)
    assert not list((tmp_path / "scratch").iterdir())


def changed_middle(content: bytes) -> bytes:
    return content[:60] + 40 * b"\xff" + content[100:]
