"""The contenders: figures in one table, ratios in another, and the goals."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Cell
from benchmarks.serving.comparison import RATIOS, figures_table, goals, ranges, ratios_table
from benchmarks.serving.contenders import BARE, FLOOR, HARDENED, OURS, PYDANTIC, STOCK


def a_cell(ours: Load, row: str = "582 fields", workers: int = 1, connections: int = 8) -> Cell:
    loads = {OURS: ours, STOCK: Load(100.0, 200.0, 10.0), FLOOR: Load(2.0, 4.0, 400.0), BARE: Load(1.0, 2.0, 1000.0)}
    further = {HARDENED: Load(1.5, 3.0, 600.0), PYDANTIC: Load(2.5, 5.0, 400.0)}
    return Cell(row, workers, connections, loads | further)


def test_ratios_are_throughput_to_stock_p50_to_the_floor_and_throughput_to_the_bare_app():
    # 250 answers a second are 25 times stock's 10 and a quarter of the bare app's 1,000; 3 ms are 1.5 times 2 ms.
    assert [ratio.of(a_cell(Load(3.0, 9.0, 250.0))) for ratio in RATIOS[:3]] == [25.0, 1.5, 0.25]


def test_the_hardened_server_is_measured_against_stock_the_app_that_does_the_same_work_and_the_bare_app():
    # 600 answers a second are 60 times stock's 10, 1.5 times the 400 of FastAPI and pydantic, and 0.6 of 1,000.
    assert [ratio.of(a_cell(Load(3.0, 9.0, 250.0))) for ratio in RATIOS[3:]] == [60.0, 1.5, 0.6]


def test_summary_gives_the_range_of_each_ratio():
    words = ranges("582 fields", [a_cell(Load(3.0, 9.0, 250.0)), a_cell(Load(5.0, 9.0, 150.0))])
    assert words == (
        "582 fields: this model to stock, requests/s: 15.00 to 25.00 times; "
        "this model to floor, p50: 1.50 to 2.50 times; this model to bare FastAPI, requests/s: 0.15 to 0.25 times; "
        "hardened to stock, requests/s: 60.00 to 60.00 times; "
        "hardened to FastAPI and pydantic, requests/s: 1.50 to 1.50 times; "
        "hardened to bare FastAPI, requests/s: 0.60 to 0.60 times"
    )


def test_figures_and_ratios_have_a_line_for_each_setting():
    cells = [a_cell(Load(3.0, 9.0, 250.0))]
    measured, compared = figures_table("582 fields, 485 trees", cells), ratios_table("582 fields, 485 trees", cells)
    assert measured.rows == [
        [
            *("582 fields", "1", "8", "3.00 / 9.00 / 250", "1.50 / 3.00 / 600"),
            *("100 / 200 / 10.0", "2.00 / 4.00 / 400", "1.00 / 2.00 / 1000", "2.50 / 5.00 / 400"),
        ]
    ]
    assert compared.rows == [["582 fields", "1", "8", "25.0 x", "1.50 x", "0.25 x", "60.0 x", "1.50 x", "0.60 x"]]
    for table in (measured, compared):
        assert len(table.header) == len(table.rows[0])


def test_goals_are_of_two_workers_and_all_fields_at_their_own_connections():
    ours = Load(3.0, 9.0, 250.0)
    cells = [
        a_cell(ours, workers=workers, row=row, connections=connections)
        for workers in (1, 2)
        for row in ("582 fields", "20 fields")
        for connections in (1, 8, 16, 32)
    ]
    to_pydantic, to_stock, to_bare, of_mlflow = goals("582 fields", cells)
    assert to_pydantic.ratios == {
        "at 1 connection (workers: 2)": 1.5,
        "at 8 connections (workers: 2)": 1.5,
        "at 32 connections (workers: 2)": 1.5,
    }
    assert to_stock.ratios == {"at 8 connections (workers: 2)": 60.0}
    assert to_bare.ratios == {"at 8 connections (workers: 2)": 0.6, "at 32 connections (workers: 2)": 0.6}
    assert of_mlflow.ratios == {
        "at 1 connection (workers: 2)": 25.0,
        "at 8 connections (workers: 2)": 25.0,
        "at 32 connections (workers: 2)": 25.0,
    }
    assert (to_pydantic.bound, to_stock.bound, to_bare.bound, of_mlflow.bound) == (1, 100, 1, 100)


def test_goals_that_nothing_was_measured_for_are_still_named():
    assert [goal.ratios for goal in goals("582 fields", [a_cell(Load(3.0, 9.0, 250.0), workers=1)])] == 4 * [{}]
