"""The file of the feature table: written whole or not at all, with its lineage."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custom_model.meanings import Meaning
from steps.run.console import UserError
from steps.tables.feature_table import (
    METADATA_KEY,
    Lineage,
    SourceTable,
    read_feature_table,
    read_lineage,
    side_by_side,
    source_of,
    write_feature_table,
)

LINEAGE = Lineage(
    id="ID",
    target="BAD",
    engine="duckdb",
    sources={"loans": SourceTable(file="loans.csv", bytes=3, sha256="00")},
    missing=("bureau",),
    history=("AGE",),
    meanings={"AGE": Meaning(description="Age of the client.", topic="AGE", unit="years", lowest=18, highest=100)},
)


def batch(**columns) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"ID": [1, 2, 3], "BAD": [0, 1, 0], "AGE": [30.0, None, 50.0], **columns})


def written(path, *batches: pa.RecordBatch):
    write_feature_table(batches, batches[0].schema, LINEAGE, path)
    return path


def test_table_and_lineage_come_back_as_they_went(tmp_path):
    path = tmp_path / "new" / "features.parquet"

    rows = write_feature_table([batch(), batch(ID=[4, 5, 6])], batch().schema, LINEAGE, path)

    table = read_feature_table(path)
    assert rows == 6
    assert table.lineage == LINEAGE == read_lineage(path)
    assert table.fields == ["AGE"]
    assert table.path == path
    assert table.frame["ID"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table.frame["AGE"].isna().tolist() == [False, True, False] * 2


def test_numbers_are_float64_and_texts_are_objects(tmp_path):
    table = read_feature_table(written(tmp_path / "features.parquet", batch(JOB=["a", None, "b"])))

    assert (table.frame["AGE"].dtype, table.frame["JOB"].dtype) == (float, object)


def test_writing_that_breaks_off_leaves_the_old_table_and_nothing_else(tmp_path):
    path = written(tmp_path / "features.parquet", batch())
    before = path.read_bytes()

    def interrupted():
        yield batch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_feature_table(interrupted(), batch().schema, LINEAGE, path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"BAD": [0, 1, 2]}, "BAD must be 0 or 1: 1 of 3 rows has another value"),
        ({"BAD": [-1, 1, 2]}, "BAD must be 0 or 1: 2 of 3 rows have another value"),
        ({"BAD": [0, 1, None]}, "BAD must be 0 or 1: 1 of 3 rows has another value"),
        ({"BAD": [1, 1, 1]}, "BAD is the same in every row"),
        ({"BAD": [0, 0, 0]}, "BAD is the same in every row"),
        ({"ID": [1, 1, 1]}, "ID must be unique: 2 duplicate rows"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_refused_with_its_path(tmp_path, columns, message):
    path = written(tmp_path / "features.parquet", batch(**columns))

    with pytest.raises(UserError, match=message) as error:
        read_feature_table(path)

    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["s3:loans.parquet", "file:loans.parquet", "a:b.parquet"])
def test_a_relative_path_is_no_uri_whatever_its_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / name, batch())

    assert len(read_feature_table(Path(name)).frame) == 3


def test_a_parquet_file_of_others_is_not_a_feature_table(tmp_path):
    path = tmp_path / "other.parquet"
    pd.DataFrame({"ID": [1], "BAD": [0]}).to_parquet(path)

    assert read_lineage(path) is None
    with pytest.raises(UserError, match="expected a feature table"):
        read_feature_table(path)


def test_a_table_with_a_lineage_of_another_version_is_an_error_that_names_it(tmp_path):
    path = tmp_path / "features.parquet"
    pq.write_table(pa.table({"ID": [1]}).replace_schema_metadata({METADATA_KEY: b'{"id": "ID", "new": 1}'}), path)

    with pytest.raises(UserError, match=r"features\.parquet has the lineage of another version"):
        read_lineage(path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "CLIENT"}, "its lineage names 'CLIENT' as id, and it has no such column"),
        ({"history": ("AGE", "PAST")}, "its lineage names 'PAST' as history, and it has no such column"),
        ({"history": ("BAD",)}, "its lineage names 'BAD' as history, which is its id or target"),
        ({"id": "BAD"}, "its lineage names 'BAD' as the id and as the target"),
        ({"id": "x" * 1_000_000}, "and 999,940 more characters as id"),
        ({"id": "a\nb"}, r"its lineage names 'a\nb' as id"),
    ],
)
def test_a_lineage_that_is_not_of_the_tables_columns_is_told_in_one_line(tmp_path, changes, problem):
    path = tmp_path / "features.parquet"
    write_feature_table([batch()], batch().schema, LINEAGE.model_copy(update=changes), path)

    for read in (read_lineage, read_feature_table):
        with pytest.raises(UserError) as error:
            read(path)

        assert problem in str(error.value)
        assert str(error.value).endswith("build the feature table again")
        assert str(error.value).isprintable()
        assert len(str(error.value)) < 400


def test_a_table_without_its_outcomes_has_a_lineage_and_cannot_be_trained_on(tmp_path):
    path = tmp_path / "features.parquet"
    rows = batch().drop_columns(["BAD"])
    write_feature_table([rows], rows.schema, LINEAGE, path)

    assert read_lineage(path) == LINEAGE
    with pytest.raises(UserError, match="its lineage names 'BAD' as target, and it has no such column: build the"):
        read_feature_table(path)


NO_FIELDS = {
    "a list": [[1.0], [2.0], [3.0]],
    "a struct": [{"a": 1.0}] * 3,
    "whole numbers": [1, 2, 3],
    "times": pd.to_datetime(["2024-01-01"] * 3).to_pydatetime().tolist(),
    "bytes": [b"a"] * 3,
    "booleans": [True, False, True],
    "nothing": [None] * 3,
    "large texts": pa.array(["a", "b", None], pa.large_string()),
    "views of texts": pa.array(["a", "b", None], pa.string_view()),
    "texts by dictionary": pa.array(["a", "b", None]).dictionary_encode(),
    "decimals": pa.array([1, 2, None], pa.decimal128(9, 2)),
    "short numbers": pa.array([1.5, 2.5, None], pa.float32()),
}


@pytest.mark.parametrize("values", NO_FIELDS.values(), ids=NO_FIELDS)
def test_a_column_of_another_type_than_a_feature_table_has_is_told(tmp_path, values):
    path = written(tmp_path / "features.parquet", batch(ODD=values))

    with pytest.raises(UserError, match=r"its column 'ODD' is of the type '.*', expected double or string: build the"):
        read_feature_table(path)


@pytest.mark.parametrize(("name", "values"), [("ID", [1.0, 2.0, 3.0]), ("BAD", ["0", "1", "0"]), ("BAD", [0.0, 1, 0])])
def test_an_id_or_a_target_of_another_type_is_told(tmp_path, name, values):
    path = written(tmp_path / "features.parquet", batch(**{name: values}))

    with pytest.raises(UserError, match=f"its column '{name}' is of the type '(double|string)', expected int64"):
        read_feature_table(path)


def test_two_columns_of_one_name_are_told(tmp_path):
    path = tmp_path / "features.parquet"
    table = pa.Table.from_batches([batch(B=[1.0] * 3)]).rename_columns(["ID", "BAD", "AGE", "AGE"])
    pq.write_table(table.replace_schema_metadata({METADATA_KEY: LINEAGE.model_dump_json()}), path)

    with pytest.raises(UserError, match="it has several columns named 'AGE'"):
        read_feature_table(path)


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"id": "ID"}'])
def test_metadata_that_is_no_lineage_is_told(tmp_path, text):
    path = tmp_path / "features.parquet"
    pq.write_table(pa.Table.from_batches([batch()]).replace_schema_metadata({METADATA_KEY: text}), path)

    with pytest.raises(UserError, match="has the lineage of another version: build the feature table again"):
        read_feature_table(path)


@pytest.mark.parametrize(
    "pandas",
    [
        b'{"index_columns": ["ID"], "columns": []}',
        b'{"index_columns": ["BAD"], "columns": [{"name": "AGE", "pandas_type": "bool", "numpy_type": "bool"}]}',
        b'{"index_columns": [{"kind": "range", "start": 0, "stop": 9, "step": 1}]}',
        b"{",
        b"\xff",
        b"null",
    ],
)
def test_pandas_metadata_is_never_followed(tmp_path, pandas):
    path = tmp_path / "features.parquet"
    metadata = {METADATA_KEY: LINEAGE.model_dump_json(), b"pandas": pandas}
    pq.write_table(pa.Table.from_batches([batch()]).replace_schema_metadata(metadata), path)

    table = read_feature_table(path)

    assert list(table.frame) == ["ID", "BAD", "AGE"]
    assert table.frame["ID"].tolist() == [1, 2, 3]
    assert table.frame["AGE"].dtype == float


def test_a_table_that_is_replaced_while_it_is_read_is_told(tmp_path, monkeypatch):
    path, other = written(tmp_path / "features.parquet", batch()), written(tmp_path / "b.parquet", batch(ID=[7, 8, 9]))
    read = pq.ParquetFile.read

    def replaced(file):
        other.replace(path)
        return read(file)

    monkeypatch.setattr(pq.ParquetFile, "read", replaced)

    with pytest.raises(
        UserError, match=r"features\.parquet was changed or replaced while it was read: run the command"
    ):
        read_feature_table(path)


def test_parts_with_different_clients_are_an_error(tmp_path):
    parts = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    for part, ids in zip(parts, ([1, 2], [1, 3]), strict=True):
        pq.write_table(pa.table({"ID": ids, part.stem: ids}), part)

    with pytest.raises(ValueError, match=r"two\.parquet: expected the clients of one\.parquet in their order"):
        list(side_by_side(parts, "ID"))


def test_all_errors_of_a_table_are_reported_at_once(tmp_path):
    path = written(tmp_path / "features.parquet", batch(ID=[1, 1, None], BAD=[0, 1, 2]))

    with pytest.raises(UserError) as error:
        read_feature_table(path)

    assert str(error.value) == (
        f"{path}: BAD must be 0 or 1: 1 of 3 rows has another value; "
        "ID identifies the client: missing in 1 of 3 rows; ID must be unique: 1 duplicate row"
    )


def test_a_file_that_is_not_parquet_has_no_lineage(tmp_path):
    file = tmp_path / "loans.csv"
    file.write_text("ID,BAD\n1,0\n")

    assert read_lineage(file) is None


def test_a_source_is_known_by_name_size_and_digest(tmp_path):
    file = tmp_path / "loans.csv"
    file.write_bytes(b"ID,BAD\n1,0\n")

    assert source_of(file) == SourceTable(
        file="loans.csv", bytes=11, sha256=hashlib.sha256(b"ID,BAD\n1,0\n").hexdigest()
    )


def test_metadata_is_in_the_file_itself(tmp_path):
    path = written(tmp_path / "features.parquet", batch())

    moved = path.rename(tmp_path / "moved.parquet")

    assert json.loads(pq.read_schema(moved).metadata[b"credit_scoring"])["engine"] == "duckdb"
