"""The footer of a Parquet file: a count of rows that is not believed, wherever it lies."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import Lineage, read_feature_table, read_lineage, write_feature_table
from steps.tables.footer import read_footer
from tests.unit.steps.tables.footers import with_rows

ROWS = 30_011
PLACES = {
    "the file": lambda places: places[:1],
    "a row group": lambda places: places[-1:],
    "a column": lambda places: places[1:2],
    "all but the file": lambda places: places[1:],
}


def table() -> pa.Table:
    return pa.table(
        {
            "client": list(range(ROWS)),
            "bad": [number % 2 for number in range(ROWS)],
            "income": [float(number) for number in range(ROWS)],
        }
    )


@pytest.fixture
def file(tmp_path) -> Path:
    lineage = Lineage(id="client", target="bad", engine="duckdb", sources={})
    write_feature_table(table().to_batches(), table().schema, lineage, tmp_path / "lender.parquet")
    assert len(read_feature_table(tmp_path / "lender.parquet").frame) == ROWS
    return tmp_path / "lender.parquet"


@pytest.mark.parametrize("counted", [0, 1, ROWS - 1, ROWS + 1, 2**40])
@pytest.mark.parametrize("place", PLACES)
def test_a_footer_whose_parts_count_rows_differently_is_told(file, place, counted):
    with_rows(file, ROWS, counted, PLACES[place])

    for read in (read_footer, read_lineage, read_feature_table):
        with pytest.raises(
            UserError, match=r"lender\.parquet is damaged: its footer counts its rows in different ways"
        ):
            read(file)


@pytest.mark.parametrize(
    ("counted", "problem"), [(ROWS + 1, "has other rows than its footer says"), (2**40, "counts its rows"), (2**62, "")]
)
def test_more_rows_than_there_are_take_no_memory_and_are_told(file, counted, problem):
    with_rows(file, ROWS, counted, lambda places: places)

    with pytest.raises(UserError, match=f"lender.parquet is (damaged|named .*not a Parquet file).*{problem}"):
        read_feature_table(file)


@pytest.mark.parametrize("place", PLACES)
def test_the_flat_file_of_a_lender_is_read_as_warily(tmp_path, place):
    pq.write_table(table(), tmp_path / "flat.parquet")
    with_rows(tmp_path / "flat.parquet", ROWS, 1, PLACES[place])

    with pytest.raises(UserError, match=r"flat\.parquet is damaged: its footer counts its rows in different ways"):
        build(str(tmp_path / "flat.parquet"), tmp_path / "out.parquet", Engine.duckdb, "bad", "client", Settings())

    assert not (tmp_path / "out.parquet").exists()
