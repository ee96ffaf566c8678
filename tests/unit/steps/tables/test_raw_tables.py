"""Raw tables: their files, and the same columns from every format."""

import zipfile
from pathlib import Path

import ibis
import pandas as pd
import pytest

from steps.run.console import UserError
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.raw_tables import SUFFIXES, find_tables, read_raw, readable, typed, write_empty
from tests.unit.steps.raw_tables import TINY, raw_table, write_table


@pytest.fixture(scope="module")
def duckdb():
    backend = ibis.duckdb.connect()
    yield backend
    backend.disconnect()


def rows_of(backend, table) -> pd.DataFrame:
    return backend.con.sql(backend.compile(table)).df()


def read(backend, file: Path, name: str) -> pd.DataFrame:
    types = home_credit()[name].types | ({TARGET: "int64"} if name == APPLICATION else {})
    with readable(file, file.parent) as plain:
        return rows_of(backend, typed(read_raw(backend, plain, types), types))


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_reads_the_same_from_every_format(duckdb, tmp_path, name, suffix):
    table = raw_table(name, TINY[name])
    file = tmp_path / f"{name}{suffix}"
    write_table(table, file)

    again = read(duckdb, file, name)

    names = list(again)
    assert set(names) == set(table)
    pd.testing.assert_frame_equal(
        again.sort_values(names, ignore_index=True), table[names].sort_values(names, ignore_index=True)
    )


def test_empty_text_is_missing_whether_quoted_or_not(duckdb, tmp_path):
    file = tmp_path / "bureau_balance.csv"
    file.write_text('SK_ID_BUREAU,MONTHS_BALANCE,STATUS\n1,,""\n2,-1,\n')

    table = read(duckdb, file, "bureau_balance")

    assert table["STATUS"].isna().all()
    assert table["MONTHS_BALANCE"].isna().tolist() == [True, False]


def test_an_id_written_as_a_decimal_is_still_whole(duckdb, tmp_path):
    file = tmp_path / "bureau_balance.csv"
    file.write_text("SK_ID_BUREAU,MONTHS_BALANCE,STATUS\n5714.0,-1,C\n")

    assert read(duckdb, file, "bureau_balance")["SK_ID_BUREAU"].tolist() == [5714]


def test_text_that_looks_like_a_number_only_in_the_first_rows_stays_text(duckdb, tmp_path):
    file = tmp_path / "bureau_balance.csv"
    file.write_text("SK_ID_BUREAU,MONTHS_BALANCE,STATUS\n" + 30_000 * "1,-1,0\n" + "2,-1,C\n")

    assert set(read(duckdb, file, "bureau_balance")["STATUS"]) == {"0", "C"}


def test_columns_that_the_schema_does_not_know_are_left_out(duckdb, tmp_path):
    file = tmp_path / "bureau_balance.csv"
    file.write_text("NEW,STATUS,MONTHS_BALANCE,SK_ID_BUREAU\nx,C,-1,7\n")

    assert read(duckdb, file, "bureau_balance").to_dict("records") == [
        {"SK_ID_BUREAU": 7, "MONTHS_BALANCE": -1.0, "STATUS": "C"}
    ]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_that_are_missing_are_named_with_the_file(duckdb, tmp_path, suffix):
    file = tmp_path / f"bureau_balance{suffix}"
    write_table(pd.DataFrame({"SK_ID_BUREAU": [1]}), file)

    with pytest.raises(UserError, match="expected the columns MONTHS_BALANCE, STATUS, which") as error:
        read(duckdb, file, "bureau_balance")

    assert str(file) in str(error.value)


def test_an_application_without_the_target_is_told_so(duckdb, tmp_path):
    file = tmp_path / "application_train.parquet"
    write_table(raw_table(APPLICATION, TINY[APPLICATION]).drop(columns=TARGET), file)

    with pytest.raises(UserError, match="expected the column TARGET, which"):
        read(duckdb, file, APPLICATION)


def test_tables_are_found_by_name_in_any_format(tmp_path):
    files = {
        name: tmp_path / f"{name}{suffix}" for name, suffix in zip(home_credit(), [*SUFFIXES, *SUFFIXES], strict=False)
    }
    for file in [*files.values(), tmp_path / "sample_submission.csv"]:
        file.touch()

    assert find_tables(tmp_path) == files


def test_tables_of_past_loans_may_be_missing(tmp_path):
    (tmp_path / "application_train.csv").touch()

    assert list(find_tables(tmp_path)) == [APPLICATION]


def test_a_table_in_two_formats_is_one_too_many(tmp_path):
    for name in ("application_train.csv", "bureau.csv", "bureau.parquet"):
        (tmp_path / name).touch()

    with pytest.raises(UserError, match=r"bureau\.parquet and bureau\.csv: keep one of them"):
        find_tables(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "an empty folder"),
        (["application.csv", "bureau.csv"], r"found application\.csv, bureau\.csv"),
        ([f"{number:03}.csv" for number in range(100)], r"found 000\.csv, .*, 011\.csv and 88 more$"),
    ],
)
def test_a_folder_without_an_application_says_what_it_needs_and_what_is_there(tmp_path, files, message):
    for name in files:
        (tmp_path / name).touch()

    with pytest.raises(UserError, match=message) as error:
        find_tables(tmp_path)

    assert f"expected application_train with one of {', '.join(SUFFIXES)}" in str(error.value)


def test_a_zip_is_unpacked_only_for_as_long_as_it_is_read(tmp_path):
    file = tmp_path / "bureau.csv.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("anything.csv", "a,b\n1,2\n")
    (tmp_path / "scratch").mkdir()

    with readable(file, tmp_path / "scratch") as plain:
        assert plain == tmp_path / "scratch" / "bureau.csv"
        assert plain.read_text() == "a,b\n1,2\n"

    assert not plain.exists()
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize("members", [[], ["readme.txt"], ["a.csv", "b.csv"]])
def test_a_zip_must_hold_one_csv(tmp_path, members):
    file = tmp_path / "bureau.csv.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for member in members:
            archive.writestr(member, "")
    count = sum(member.endswith(".csv") for member in members)

    with pytest.raises(UserError, match=f"expected one CSV file inside, found {count}"), readable(file, tmp_path):
        pass


def test_a_file_that_needs_no_unpacking_is_read_where_it_is(tmp_path):
    with readable(tmp_path / "bureau.csv.gz", tmp_path) as plain:
        assert plain == tmp_path / "bureau.csv.gz"


@pytest.mark.parametrize("name", [name for name in TINY if name != APPLICATION])
def test_the_stand_in_for_a_missing_table_has_its_columns_and_no_rows(duckdb, tmp_path, name):
    schema = home_credit()[name]

    table = rows_of(duckdb, read_raw(duckdb, write_empty(tmp_path / "empty.parquet", schema), schema.types))

    assert table.empty
    assert list(table) == list(schema.types)
    assert ID in table or name == "bureau_balance"


def test_a_zip_that_is_none_is_named(tmp_path):
    file = tmp_path / "bureau.csv.zip"
    file.write_bytes(b"PK but no more")

    with (
        pytest.raises(UserError, match=r"bureau\.csv\.zip is named \.zip but is not a zip file"),
        readable(file, tmp_path),
    ):
        pass


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_zip_is_reported_as_damaged_and_leaves_nothing(tmp_path, compression):
    file = tmp_path / "bureau.csv.zip"
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("bureau.csv", "SK_ID_CURR\n" + 200 * "100002\n")
    content = bytearray(file.read_bytes())
    content[45] ^= 0xFF  # inside the member: its local header ends before the 41st byte
    file.write_bytes(content)
    (tmp_path / "scratch").mkdir()

    message = r"bureau\.csv\.zip is damaged and cannot be unpacked"
    with pytest.raises(UserError, match=message), readable(file, tmp_path / "scratch"):
        pass

    assert not list((tmp_path / "scratch").iterdir())


def test_a_column_of_dates_is_no_column_of_numbers(duckdb, tmp_path):
    file = tmp_path / "bureau_balance.parquet"
    dates = pd.to_datetime(["2024-01-01"])
    pd.DataFrame({"SK_ID_BUREAU": [1], "MONTHS_BALANCE": dates, "STATUS": ["C"]}).to_parquet(file)

    with pytest.raises(UserError, match=r"bureau_balance\.parquet: expected numbers in MONTHS_BALANCE.*timestamp"):
        read(duckdb, file, "bureau_balance")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("folder", ["data[1]", "data?", "year=2020"])
def test_a_folders_name_is_no_pattern_and_gives_no_column(duckdb, tmp_path, folder, suffix):
    # The pattern `data[1]` would match the folder data1.
    for name, status in ((folder, "1"), ("data1", "C")):
        (tmp_path / name).mkdir()
        table = raw_table("bureau_balance", [{"SK_ID_BUREAU": 11, "MONTHS_BALANCE": 0, "STATUS": status}])
        write_table(table, tmp_path / name / f"bureau_balance{suffix}")

    again = read(duckdb, tmp_path / folder / f"bureau_balance{suffix}", "bureau_balance")

    assert again["STATUS"].tolist() == ["1"]
    assert set(again) == set(home_credit()["bureau_balance"].types)
