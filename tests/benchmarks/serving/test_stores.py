"""The cost of the stores: a multiple of the time without them, and goals from eight connections on."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Cell
from benchmarks.serving.stores import (
    HISTORY,
    OFF,
    POSTGRES,
    SQLITE,
    WRITES,
    durable_write_seconds,
    goals,
    stores_table,
)

LOADS = {OFF: Load(2, 4, 500), SQLITE: Load(3, 6, 400), POSTGRES: Load(5, 9, 200), HISTORY: Load(2.5, 5, 450)}


def test_each_store_is_a_multiple_of_none():
    table = stores_table([Cell("all", 2, 8, LOADS)])
    assert table.rows == [
        [
            *("2", "8", "2.00 / 4.00 / 500", "3.00 / 6.00 / 400", "5.00 / 9.00 / 200", "2.50 / 5.00 / 450"),
            *("1.50 x", "2.50 x", "1.25 x"),
        ]
    ]
    assert len(table.header) == len(table.rows[0])


def test_a_model_without_history_has_no_column_of_it():
    table = stores_table([Cell("all", 2, 8, {name: load for name, load in LOADS.items() if name != HISTORY})])
    assert table.header == ["workers", "conns", OFF, SQLITE, POSTGRES, f"p50: {SQLITE}", f"p50: {POSTGRES}"]
    assert len(table.header) == len(table.rows[0])


def test_each_store_has_a_goal_for_each_number_of_workers_from_eight_connections_on():
    cells = [Cell("all", workers, connections, LOADS) for workers in (1, 2) for connections in (1, 8, 128)]

    sqlite_of_one, postgres_of_one, sqlite, postgres = goals(cells)

    where = ["at 8 connections (workers: 2)", "at 128 connections (workers: 2)"]
    assert sqlite.ratios == dict.fromkeys(where, 1.5)
    assert postgres.ratios == dict.fromkeys(where, 2.5)
    assert "holds" in str(sqlite)
    assert "missed" in str(postgres)
    assert (sqlite_of_one.bound, postgres_of_one.bound) == (1.2, 1.4)
    assert list(sqlite_of_one.ratios) == ["at 8 connections (workers: 1)", "at 128 connections (workers: 1)"]


def test_durable_writes_are_written(tmp_path):
    assert durable_write_seconds(tmp_path) > 0
    assert (tmp_path / "written").stat().st_size == WRITES * 16 * 1024
