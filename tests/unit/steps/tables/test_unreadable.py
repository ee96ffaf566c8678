"""Files that cannot be read: the reason with its line, never a value."""

import gzip
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import APPLICATION
from steps.tables.raw_tables import readable
from steps.tables.unreadable import reported
from tests.unit.steps.raw_tables import TINY, raw_table

HEADER = b"client,bad,income,job\n"
ROWS = [f"{client},{client % 2},{10 * client},cook\n".encode() for client in range(1, 200)]
GZIPPED = gzip.compress(HEADER + b"".join(ROWS))


def with_line_52(line: bytes) -> bytes:
    return HEADER + b"".join([*ROWS[:50], line, *ROWS[51:]])


def late(line: bytes) -> bytes:
    """The line comes after the rows that DuckDB samples."""
    return HEADER + 300 * b"".join(ROWS) + line + ROWS[0]


def not_utf_8() -> bytes:
    sink = pa.BufferOutputStream()
    job = pa.array([b"s\xe9cret", b"cook"], pa.large_binary()).view(pa.large_string())
    pq.write_table(pa.table({"client": [1, 2], "bad": [0, 1], "job": job}), sink)
    return sink.getvalue().to_pybytes()


def parquet(*, cut: bool) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"client": range(1000), "bad": [0, 1] * 500}), sink)
    content = sink.getvalue().to_pybytes()
    return content[: len(content) // 2] if cut else content[:200] + 300 * b"\xff" + content[500:]


FILES = {
    "a quote that is not closed": ("a.csv", with_line_52(b'51,1,7,"s\xe9cret\n'), "cannot be read: line 52"),
    "cut off in UTF-16": (
        "a.csv",
        (HEADER + b"".join(ROWS))[:-8].decode().encode("utf-16"),
        "3 values where the header has 4; it is the last: the file may",
    ),
    "cut off in the middle of a character": (
        "a.csv",
        (HEADER + ROWS[0]).decode().encode("utf-16")[:-1],
        "is not utf-16: line 2, column",
    ),
    "a long row": ("a.csv", with_line_52(b"51,1,7,s\xc3\xa9cret,x\n"), "line 52 has 5 values where the header has 4"),
    "a short row": ("a.csv", with_line_52(b"51,secret\n"), "line 52 has 2 values where the header has 4"),
    "a row of one value": ("a.csv", with_line_52(b"secret\n"), "line 52 has 1 value where the header has 4"),
    "a long row that comes late": (
        "a.csv",
        late(b"1,1,7,secret,x\n"),
        "line 59702 has 5 values where the header has 4",
    ),
    "a short row that comes late": ("a.csv", late(b"1,secret\n"), "line 59702 has 2 values where the header has 4"),
    "cut off": (
        "a.csv",
        (HEADER + b"".join(ROWS))[:-8],
        "3 values where the header has 4; it is the last: the file may",
    ),
    "empty": ("a.csv", b"", "is empty: expected a header and a row for each client"),
    "blank": ("a.csv", b"\n\n", "is empty: expected a header and a row for each client"),
    "without rows": ("a.csv", HEADER, "has a header and no rows"),
    "no gzip": ("a.csv.gz", b"secret", "it is damaged or cut off, copy it again"),
    "a gzip cut off": ("a.csv.gz", GZIPPED[: len(GZIPPED) // 2], "it is damaged or cut off, copy it again"),
    "an empty Parquet file": ("a.parquet", b"", "is empty"),
    "a Parquet file cut off": ("a.parquet", parquet(cut=True), "is not a Parquet file, or is cut off: copy it again"),
    "a Parquet file not in UTF-8": ("a.parquet", not_utf_8(), "cannot be read: it has texts that are not UTF-8"),
    "a damaged Parquet file": ("a.parquet", parquet(cut=False), "it is damaged or cut off, copy it again"),
}

LATIN = ("a.csv", with_line_52(b"51,1,7,s\xe9cret\n"), "")  # a lender's file is read in its own encoding


@pytest.mark.parametrize(("name", "content", "reason"), FILES.values(), ids=FILES)
def test_a_flat_file_that_cannot_be_read_is_reported_with_its_reason_and_without_a_value(
    tmp_path, name, content, reason
):
    file, out = tmp_path / name, tmp_path / "out" / "features.parquet"
    file.write_bytes(content)

    with pytest.raises(UserError) as error:
        build(str(file), out, Engine.duckdb, "bad", "client", Settings())

    message = str(error.value)
    assert message.startswith(str(file))
    assert reason in message
    assert "cret" not in message
    assert "\n" not in message
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a table in another encoding", "line 52 is not UTF-8: save the file"),
        ("a long row", "line 52 has 5 values where the header has 4"),
        ("a short row that comes late", "line 59702 has 2 values where the header has 4"),
        ("empty", "is empty"),
        ("a gzip cut off", "is damaged or cut off"),
    ],
)
def test_one_of_the_seven_tables_is_reported_the_same(tmp_path, name, reason):
    file, content, _ = {**FILES, "a table in another encoding": LATIN}[name]
    table = tmp_path / f"application_train{file.removeprefix('a')}"
    table.write_bytes(content)

    with pytest.raises(UserError, match=reason) as error:
        build(str(tmp_path), tmp_path / "out" / "features.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())

    assert str(table) in str(error.value)
    assert "cret" not in str(error.value)


def test_a_damaged_page_of_the_seven_tables_is_reported_with_its_file(tmp_path):
    table = tmp_path / "application_train.parquet"
    pq.write_table(pa.Table.from_pandas(raw_table(APPLICATION, TINY[APPLICATION])), table, compression="zstd")
    group = pq.read_metadata(table).row_group(0)
    places = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}
    changed(table, places["NAME_CONTRACT_TYPE"].dictionary_page_offset, 60 * b"\xff")

    with pytest.raises(UserError, match=r"application_train\.parquet cannot be read: it is damaged or cut off"):
        build(str(tmp_path), tmp_path / "out" / "features.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())


def test_what_duckdb_cannot_write_is_no_fault_of_the_file_that_is_read(tmp_path):
    with pytest.raises(duckdb.IOException), reported(tmp_path / "a.parquet"):
        raise duckdb.IOException('IO Error: Could not write file "spill": File too large')


def zipped(folder: Path, *members: str) -> Path:
    file = folder / "bureau.csv.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, b"secret" * 1000)
    return file


def changed(file: Path, start: int, content: bytes) -> Path:
    whole = file.read_bytes()
    file.write_bytes(whole[:start] + content + whole[start + len(content) :])
    return file


def encrypted(folder: Path) -> Path:
    """A zip file whose member is flagged as encrypted, in its own header and in the directory."""
    file = zipped(folder, "bureau.csv")
    changed(file, file.read_bytes().index(b"PK\x01\x02") + 8, b"\x01")
    return changed(file, 6, b"\x01")


def cut_off(folder: Path) -> Path:
    file = zipped(folder, "bureau.csv")
    file.write_bytes(file.read_bytes()[:-30])
    return file


def of_unknown_compression(folder: Path) -> Path:
    file = zipped(folder, "bureau.csv")
    changed(file, file.read_bytes().index(b"PK\x01\x02") + 10, b"\x63")
    return changed(file, 8, b"\x63")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda folder: changed(zipped(folder, "bureau.csv"), 45, 20 * b"\xff"),
            "is damaged and cannot be unpacked: .*; copy it again",
        ),
        (cut_off, r"is named \.zip but is not a zip file, or is cut off: copy it again"),
        (encrypted, "is encrypted: unpack it with its password, and pass the CSV file"),
        (of_unknown_compression, "cannot be unpacked .*: unpack it, and pass the CSV file"),
        (lambda folder: zipped(folder, "a.csv", "b.csv"), "expected one CSV file inside, found 2"),
        (lambda folder: zipped(folder, "a.txt"), "expected one CSV file inside, found 0"),
    ],
    ids=["corrupt", "cut off", "encrypted", "unknown compression", "two members", "no table"],
)
def test_a_zip_file_that_cannot_be_unpacked_is_reported_and_leaves_nothing(tmp_path, make, reason):
    (tmp_path / "in").mkdir()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    file = make(tmp_path / "in")

    with pytest.raises(UserError, match=reason) as error, readable(file, scratch):
        pass

    assert str(file) in str(error.value)
    assert not list(scratch.iterdir())


def test_a_member_that_macos_adds_is_no_second_table(tmp_path):
    file = zipped(tmp_path, "bureau.csv", "__MACOSX/._bureau.csv")

    with readable(file, tmp_path) as plain:
        assert plain.read_bytes() == b"secret" * 1000
