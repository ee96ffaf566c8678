"""The benchmark of portfolios decides what it says."""

import sqlite3
from contextlib import nullcontext

import numpy as np
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from benchmarks import batch
from benchmarks.batch import BOOSTER, COLUMNS, SQLITE, WHOLE, Portfolio, commands, rates, works
from benchmarks.batch_memory import lender_file
from steps.run.settings import Settings

ROWS = 400


@pytest.fixture
def no_server(monkeypatch):
    """`commands` without its PostgreSQL server, which it only starts."""
    monkeypatch.setattr(batch, "postgres_cluster", nullcontext)


def test_each_work_in_process_decides_about_the_whole_portfolio(subject, tmp_path):
    of_process = works(subject, Portfolio.of(subject, ROWS), tmp_path)

    measured = rates(of_process, rounds=1)

    assert measured.keys() == of_process.keys() >= {BOOSTER, COLUMNS}
    assert all(len(each) == 1 and each[0] > 0 for each in measured.values())


def test_score_decides_and_records_each_row_of_the_benchmarks_portfolio(subject, tmp_path, no_server):
    portfolio = Portfolio.of(subject, ROWS)

    with commands(subject, portfolio, 2 * ROWS + 7, tmp_path, Settings()) as of_processes:
        of_processes[SQLITE].run()
        of_processes[SQLITE].run()  # anew

    decisions = pq.read_table(tmp_path / "decisions.parquet")
    with sqlite3.connect(tmp_path / "batch.db") as log:
        (recorded,) = log.execute("SELECT count(*) FROM decisions").fetchone()
    assert len(decisions) == of_processes[WHOLE].rows == 2 * ROWS + 7
    assert recorded == len(decisions) - decisions["decision"].null_count


@pytest.mark.parametrize(("has_outcome", "last"), [(True, "bad"), (False, "note")])
def test_a_lenders_file_has_ten_columns_and_distinct_clients(tmp_path, has_outcome, last):
    table = csv.read_csv(lender_file(tmp_path / "file.csv", 1_500, has_outcome))

    assert (len(table), table.num_columns, table.column_names[-1]) == (1_500, 10, last)
    assert len(np.unique(table["client"])) == 1_500
