"""A file that grows, lies about its sizes or has no end is refused before it fills memory or the disk."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from steps.description import plain_text as archives
from steps.description.document import Reading
from steps.description.plain_text import plain_text
from steps.description.source import opened
from steps.run.console import UserError
from steps.run.settings import Settings
from tests.unit.steps.description.files import values_of

PLAIN = b"age,bad\n30,0\n41,1\n"
MIB = 1 << 20
DIRECTORY = b"PK\x01\x02"
GROWS = "grows to more than 200 times its size, as no table does: unpack it"


def zipped(content: bytes, name: str = "loans.csv") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return archive.getvalue()


def stating(archive: bytes, size: int) -> bytes:
    """A zip file that states this size of its member, before the member and in the directory."""
    directory = archive.index(DIRECTORY)
    stated = bytearray(archive)
    stated[22:26] = stated[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(stated)


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return PLAIN + b"0,1\n" * (2 * MIB)


@pytest.mark.parametrize("kind", [".gz", ".zip", "a small size stated", "a large size stated"])
def test_an_archive_that_grows_as_no_table_does_is_refused_whatever_size_it_states(tmp_path, monkeypatch, bomb, kind):
    monkeypatch.setattr(archives, "LEAST_BOUND", MIB)
    packed = {
        ".gz": lambda: gzip.compress(bomb),
        ".zip": lambda: zipped(bomb),
        "a small size stated": lambda: stating(zipped(bomb), 18),
        "a large size stated": lambda: stating(zipped(bomb), 2**32 - 2),
    }[kind]()
    file = tmp_path / f"loans.csv{kind}" if kind == ".gz" else tmp_path / "loans.zip"
    file.write_bytes(packed)
    (tmp_path / "scratch").mkdir()

    problem = "it is damaged or cut off" if "small" in kind else GROWS
    with pytest.raises(UserError, match=problem), plain_text(file, tmp_path / "scratch"):
        pass

    assert not list((tmp_path / "scratch").iterdir())


def test_an_archive_that_grows_as_a_table_may_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LEAST_BOUND", 0)
    (tmp_path / "loans.zip").write_bytes(zipped(PLAIN * 100))

    with plain_text(tmp_path / "loans.zip", tmp_path) as text:
        assert text.file.read_bytes() == PLAIN * 100


@pytest.mark.parametrize("name", ["../../loans.csv", "/tmp/loans.csv", "a/../../loans.csv", "..\\loans.csv"])
def test_the_path_in_an_archive_names_no_file_of_this_machine(tmp_path, name):
    scratch = tmp_path / "a" / "b" / "scratch"
    scratch.mkdir(parents=True)
    (scratch / "loans.zip").write_bytes(zipped(PLAIN, name))

    with plain_text(scratch / "loans.zip", scratch) as text:
        assert (text.file.parent, text.file.read_bytes()) == (scratch, PLAIN)

    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [scratch / "loans.zip"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("length", [2_100_000, 9_000_000])
def test_a_line_without_an_end_is_an_error_with_its_number(tmp_path, encoding, length):
    text = f"age,bad\n30,0\nsecret{'é' * length},1\n52,1\n"
    (tmp_path / "loans.csv").write_bytes(text.encode(encoding))

    with pytest.raises(UserError, match=r"loans\.csv cannot be read: line 3 is too long") as error:
        values_of(tmp_path / "loans.csv", "bad")

    assert "secret" not in str(error.value)


def test_a_line_of_a_million_characters_is_read(tmp_path):
    (tmp_path / "loans.csv").write_text(f"x,bad\n{'a' * 1_000_000},0\nb,1\n")

    assert values_of(tmp_path / "loans.csv", "bad")[0] == {"x": ["a" * 1_000_000, "b"], "bad": [0, 1]}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_nul_in_a_text_of_two_bytes_a_character_is_told_with_line_and_column(tmp_path, encoding):
    (tmp_path / "loans.csv").write_bytes("age,home,bad\n30,own,0\n41,re\0nt,1\n".encode(encoding))

    with pytest.raises(UserError, match=r"loans\.csv cannot be read: line 3, column 6 has a NUL character"):
        values_of(tmp_path / "loans.csv", "bad")


NO_ENCODINGS = [
    *("hex", "base64", "zlib", "bz2", "quopri", "uu", "rot13", "undefined"),  # of no texts
    *("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7"),  # ASCII that stands for other texts
    *("os.path", "../utf-8", "", "x" * 10_000, "\0", "aliases", "mbcs"),
]


@pytest.mark.parametrize("encoding", NO_ENCODINGS, ids=range(len(NO_ENCODINGS)))
def test_an_encoding_that_no_file_has_is_refused_in_one_line(tmp_path, encoding):
    (tmp_path / "loans.csv").write_bytes(PLAIN)
    reading = Reading.model_construct(separator=",", quote='"', skip=0, encoding=encoding or "nothing", sheet="")

    with (
        pytest.raises(UserError, match=r"there is no encoding .*: expected a name such as utf-8 or cp1252") as error,
        opened(tmp_path / "loans.csv", tmp_path, Settings(), reading),
    ):
        pass

    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300 + len(str(tmp_path))


def test_utf_16_without_its_mark_is_told(tmp_path):
    (tmp_path / "loans.csv").write_bytes(PLAIN)

    with pytest.raises(UserError, match="is not utf-16: it has no byte order mark; name utf-16-le or utf-16-be"):
        read_as(tmp_path / "loans.csv", "utf-16")


def read_as(file: Path, encoding: str) -> None:
    with opened(file, file.parent, Settings(), Reading(separator=",", encoding=encoding)):
        pass
