"""The columns of a flat file: the file's own names; what is renamed or left out is told."""

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.features import Engine, build
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable, read_feature_table

pytestmark = pytest.mark.slow  # whole files described


def built(file: Path, target: str = "bad", identity: str = "client") -> FeatureTable:
    out = file.parent / "out" / "features.parquet"
    return read_feature_table(build(str(file), out, Engine.duckdb, target, identity, Settings()))


def csv(folder: Path, text: str) -> Path:
    file = folder / "clients.csv"
    file.write_text(text, "utf-8")
    return file


def parquet(folder: Path, names: list[str], *columns: list) -> Path:
    file = folder / "clients.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names), file)
    return file


@pytest.mark.parametrize("second", ["rate", "Rate"])
def test_the_second_column_of_a_name_whatever_its_case_has_a_visible_name_that_is_told(tmp_path, second, capsys):
    file = csv(tmp_path, f"client,bad,rate,{second}\n1,0,0.1,7\n2,1,0.2,8\n")

    table = built(file)

    assert table.fields == ["rate", f"{second}_2"]
    assert table.frame[f"{second}_2"].tolist() == [7, 8]
    assert f"column 4 is the second of the name {second}: it is called {second}_2" in capsys.readouterr().out


def test_the_second_column_of_a_name_in_parquet_has_a_visible_name_too(tmp_path):
    table = built(parquet(tmp_path, ["client", "bad", "rate", "Rate"], [1, 2], [0, 1], [0.1, 0.2], [7, 8]))

    assert table.fields == ["rate", "Rate_2"]
    assert table.frame["Rate_2"].tolist() == [7, 8]


def test_rows_with_more_values_than_the_header_are_reported_and_not_taken_for_names(tmp_path):
    # As R's write.table writes row names: DuckDB skips the header, and reads the first client as one.
    rows = "".join(f"{number},{number},0.5,{number % 2}\n" for number in range(60))

    with pytest.raises(UserError, match=r"clients\.csv cannot be read: line 2 has 4 values where the header has 3"):
        built(csv(tmp_path, f"client,rate,bad\n{rows}"))


def test_an_index_that_pandas_wrote_is_left_out_with_a_message(tmp_path, capsys):
    frame = pd.DataFrame({"client": [1, 2], "bad": [0, 1], "x": [5, 6]})
    frame.to_csv(tmp_path / "clients.csv")

    table = built(tmp_path / "clients.csv")

    assert table.fields == ["x"]
    assert "column 1 is left out: it has no name" in capsys.readouterr().out


def test_pandas_index_in_parquet_is_left_out_too(tmp_path, capsys):
    pd.DataFrame({"client": [1, 2], "bad": [0, 1], "x": [5, 6]}, index=[9, 4]).to_parquet(tmp_path / "clients.parquet")

    assert built(tmp_path / "clients.parquet").fields == ["x"]
    assert "column 4 is left out: it has no name" in capsys.readouterr().out


def test_a_column_named_like_duckdbs_nameless_ones_is_kept(tmp_path):
    table = built(csv(tmp_path, ",client,bad,column0\n0,1,0,5\n1,2,1,6\n"))

    assert table.fields == ["column0"]
    assert table.frame["column0"].tolist() == [5, 6]


def test_names_of_digits_name_columns(tmp_path):
    table = built(csv(tmp_path, "0,1,2,3\n1,0,0.1,7\n2,1,0.2,8\n"), target="1", identity="0")

    assert table.fields == ["2", "3"]
    assert table.frame["3"].tolist() == [7, 8]


def test_the_error_about_a_first_row_of_values_does_not_repeat_them(tmp_path):
    with pytest.raises(UserError, match="has no header: its first row has 2 numbers among 3 names") as error:
        built(csv(tmp_path, "100002,0,Working\n100003,1,Pensioner\n"))

    assert "100002" not in str(error.value)
    assert "Working" not in str(error.value)


@pytest.mark.parametrize(
    ("separator", "quoted"), [(",", "'"), (";", '"'), ("\t", '"'), ("|", '"')], ids=["comma", "semicolon", "tab", "bar"]
)
def test_names_are_read_as_the_rows_are_whatever_separates_them(tmp_path, separator, quoted):
    first = separator.join(["client", "bad", f"{quoted}yearly {separator} income{quoted}", "Job"])
    rows = [separator.join(row) for row in (("1", "0", "5", "cook"), ("2", "1", "6", "nurse"))]

    table = built(csv(tmp_path, "\n".join([first, *rows]) + "\n"))

    assert table.fields == [f"yearly {separator} income", "Job"]


@pytest.mark.parametrize(
    "name", ["clients[1].csv", "clients*.csv", "clients?.csv", "c?.csv.gz", "[a-z]*.csv.gz", "{1,2}.csv"]
)
@pytest.mark.parametrize("folder", ["plain", "data[1]", "year=2020", "*"])
def test_a_path_names_one_file_and_is_no_pattern(tmp_path, folder, name):
    (tmp_path / folder).mkdir()
    for other in ("clients1.csv", "a.csv.gz", "1.csv", "c1.csv.gz"):
        (tmp_path / folder / other).write_bytes(b"another file's content, which no column is named in\n")
    content = b"client,bad,x\n1,0,5\n2,1,6\n"
    file = tmp_path / folder / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    table = built(file)

    assert table.fields == ["x"]
    (source,) = table.lineage.sources.values()
    assert source.file == name
    assert source.bytes == file.stat().st_size


def test_a_folders_name_gives_parquet_no_column(tmp_path):
    (tmp_path / "year=2020").mkdir()

    assert built(parquet(tmp_path / "year=2020", ["client", "bad", "x"], [1, 2], [0, 1], [5, 6])).fields == ["x"]
