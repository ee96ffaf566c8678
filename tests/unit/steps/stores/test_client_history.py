"""The history of all clients in the data."""

from pathlib import Path

import pyarrow as pa
import pytest

from steps.features import Engine, build
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.stores.client_history import client_history
from steps.tables.aggregation import history_meanings
from steps.tables.home_credit import ID
from tests.unit.steps.raw_tables import DRAWN, EMPTY, FULL, OLD, write_table

WITHOUT_APPLICATION = 999  # in bureau only


@pytest.fixture(scope="module")
def folder(raw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    for name, table in raw.items():
        write_table(table, folder / f"{name}.parquet")
    return folder


def read(data) -> pa.Table:
    with client_history(Path(data), Engine.duckdb, Settings()) as history:
        table = pa.Table.from_batches(history.batches)
    assert history.clients == len(table)
    assert history.columns == history.lineage.history == tuple(history_meanings())
    assert table.column_names == [ID, *history.columns]
    return table


@pytest.mark.slow
def test_a_folder_tells_of_clients_with_and_without_an_application_in_order(folder):
    assert read(folder)[ID].to_pylist() == [FULL, EMPTY, OLD, WITHOUT_APPLICATION, *DRAWN]


@pytest.mark.slow
def test_a_client_without_an_application_has_the_history_of_their_loans(folder):
    row = read(folder).slice(3, 1).to_pylist()[0]

    assert row[ID] == WITHOUT_APPLICATION
    assert row["BUREAU_ROWS_COUNT_ALL"] == 1
    assert row["BUREAU_AMT_CREDIT_SUM_MAX_ALL"] == 7


@pytest.mark.slow
def test_a_client_with_an_application_has_the_values_of_the_feature_table(folder, tiny_parquet):
    ours, theirs = read(folder), read(tiny_parquet)

    assert theirs[ID].to_pylist() == [FULL, EMPTY, OLD, *DRAWN]
    assert ours.filter(pa.compute.field(ID) != WITHOUT_APPLICATION).combine_chunks() == theirs.combine_chunks()


def test_other_data_is_refused_with_what_to_give(tmp_path):
    flat = tmp_path / "loans.csv"
    flat.write_text("client,bad,income\n1,0,5\n2,1,6\n")
    features = build(str(flat), tmp_path / "features.parquet", Engine.duckdb, "bad", "client", Settings())

    for data in (flat, features):
        with pytest.raises(UserError, match="has no history: expected a folder with Home Credit's tables"):
            read(data)
    with pytest.raises(UserError, match="expected 'sample', a folder or a feature table"):
        read(tmp_path / "nowhere")
