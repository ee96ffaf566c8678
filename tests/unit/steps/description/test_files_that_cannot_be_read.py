"""A file that cannot be understood is an error with its line and cause, never with a value."""

import gzip
import io
import zipfile

import pytest

from steps.run.console import UserError
from tests.unit.steps.description.files import values_of

PLAIN = "age,home,bad\n30,own,0\n41,rent,1\n52,own,0\n"
LONG = "age,home,bad\n" + "".join(f"{20 + row % 50},own{row % 3},{row % 2}\n" for row in range(5_000))
PACKED = gzip.compress(LONG.encode())


def zipped(**members: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in members.items():
            packed.writestr(name.replace("__", "."), text)
    return archive.getvalue()


BROKEN = {
    "cut off": ("loans.csv", PLAIN + "60,re", "line 5 has 2 values where the header has 3; it is the last: .*cut off"),
    "cut off, long": ("loans.csv", LONG + "60,re", "line 5002 has 2 values .*cut off"),
    "cut off, packed": ("loans.csv.gz", gzip.compress((LONG + "60,re").encode()), "line 5002 has 2 values .*cut off"),
    "too few values": ("loans.csv", LONG + "60,re\n" + "61,own,1\n" * 3, "line 5002 has 2 values where .* has 3$"),
    "too many values": ("loans.csv", PLAIN.replace("rent,1", "rent,1,7"), "line 3 has 4 values where the header has 3"),
    "an open quote": ("loans.csv", PLAIN.replace("rent", '"rent'), "line 3 has a quote that is not closed"),
    "an open quote, long": ("loans.csv", LONG + '60,"own,1\n' + LONG[13:], "line 5002 has a quote that is not closed"),
    "a NUL byte": ("loans.csv", PLAIN.replace("rent", "re\0nt"), "line 3 has a NUL byte"),
    "a NUL byte, long": ("loans.csv", LONG + "60,\0wn,1\n", "line 5,002 has a NUL byte"),
    "a NUL byte in Windows-1252": ("loans.csv", "größe,bad\n1\0,0\n".encode("cp1252"), "line 2 has a NUL byte"),
    "half a character of UTF-16": ("loans.csv", PLAIN.encode("utf-16")[:-1], "is not utf-16: line 4, column 9"),
    "bytes that its mark denies": (
        "loans.csv",
        b"\xef\xbb\xbfage,bad\n1,0\n2\xff,1\n",
        "not utf-8-sig: line 3, column 2",
    ),
    "no header, numbers": (
        "loans.csv",
        "30,12,0\n41,13,1\n",
        "has no header: its first row has 3 numbers among 3 names",
    ),
    "no header, words": (
        "loans.csv",
        "own,good,x\nrent,bad,y\nown,good,z\n",
        "has no header: 2 of 3 names .* are values",
    ),
    "the header again": ("loans.csv", PLAIN + PLAIN, "header is there again in 1 row, first in row 4 below it"),
    "a header alone": ("loans.csv", "age,home,bad\n", "a header and no rows: expected a row for each client"),
    "a header of one long text": (
        "loans.csv",
        f"{'a' * 501},bad\n1,0\n",
        "a name of 501 characters .* or the separator is another",
    ),
    "blank lines alone": ("loans.csv", "\n \n\n", "is empty"),
    "a workbook by another name": ("loans.csv", zipped(a="x"), "is a workbook or an archive"),
    "an old workbook": ("loans.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is an old workbook of Excel"),
    "gzip by another name": ("loans.csv", PACKED, "is compressed: name it .gz"),
    "a PDF": ("loans.txt", "%PDF-1.7\n", "is a PDF"),
    "a web page": ("loans.csv", "\n<!DOCTYPE html><html>Not found</html>", "is a web page"),
    "half an archive": ("loans.csv.gz", PACKED[: len(PACKED) // 2], "cannot be unpacked: it is damaged or cut off"),
    "a broken archive": ("loans.csv.gz", PACKED[:40] + b"\xff" * 40 + PACKED[80:], "cannot be unpacked"),
    "an archive that is none": ("loans.zip", PLAIN, "cannot be unpacked"),
    "two files": ("loans.zip", zipped(a__csv=PLAIN, b__csv=PLAIN), "expected one file in the archive, found 2"),
    "no file": ("loans.zip", zipped(), "expected one file in the archive, found 0"),
    "a table of types in an archive": ("loans.zip", zipped(a__xlsx="x"), "expected a text file in the archive: unpack"),
    "no Parquet": ("loans.parquet", PLAIN, "is not a Parquet file"),
    "no workbook": ("loans.xlsx", PLAIN, "is no workbook of Excel"),
    "a workbook of nothing": ("loans.xlsx", zipped(a__xml="<a/>"), "is no workbook of Excel"),
    "another kind": ("loans.docx", PLAIN, "expected a file that ends in .csv, .tsv"),
}


@pytest.mark.parametrize(("name", "content", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_understood_is_an_error_with_line_and_cause(tmp_path, name, content, problem):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(UserError, match=problem) as error:
        values_of(file, "bad")

    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_nothing_unpacked_or_read_is_left_after_an_error(tmp_path):
    (tmp_path / "loans.csv.gz").write_bytes(gzip.compress((LONG + "60,re").encode()))

    with pytest.raises(UserError):
        values_of(tmp_path / "loans.csv.gz", "bad")

    assert list((tmp_path / "scratch").iterdir()) == []


SOUND = {
    "a quote in the middle": ('name,home,bad\n5" pipe,own,0\nd"Arc,rent,1\n', ['5" pipe', 'd"Arc']),
    "an apostrophe at the start": ("name,home,bad\n't Hooft,own,0\nd'Arc,rent,1\n", ["'t Hooft", "d'Arc"]),
    "one apostrophe on each line": ("name,home,bad\n'a,own,0\n'b,rent,1\n", ["'a", "'b"]),
    "blank lines": ("name,home,bad\n\na,own,0\n\nb,rent,1\n\n", ["a", "b"]),
    "a separator at each end": ("name,home,bad,\na,own,0,\nb,rent,1,\n", ["a", "b"]),
    "spaces": ("name home bad\na own 0\nb rent 1\n", ["a", "b"]),
    "colons": ("name:home:bad\na:own:0\nb:rent:1\n", ["a", "b"]),
    "tabs and texts with commas": ("name\thome\tbad\na, x\town, y\t0\nb, x\trent, y\t1\n", ["a, x", "b, x"]),
    "a year as a name": ("name,2019,bad\na,own,0\nb,rent,1\n", ["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "names"), SOUND.values(), ids=SOUND)
def test_a_file_that_only_looks_broken_is_read(tmp_path, content, names):
    (tmp_path / "loans.txt").write_text(content)

    columns, _ = values_of(tmp_path / "loans.txt", "bad")

    assert columns["name"] == names
    assert columns["bad"] == [0, 1]
