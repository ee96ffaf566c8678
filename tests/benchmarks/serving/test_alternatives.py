"""The price of alternatives: a ratio of two p50, against its goal."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Cell
from benchmarks.serving.alternatives import NONE, REFUSED, alternatives_table, goal, price


def a_cell(connections: int, without: float, with_them: float) -> Cell:
    loads = {NONE: Load(without, 9.0, 100.0), REFUSED: Load(with_them, 9.0, 50.0)}
    return Cell("refused", 2, connections, loads)


def test_the_price_is_the_p50_with_alternatives_over_that_without():
    assert price(a_cell(1, 2.0, 5.0)) == 2.5


def test_a_price_above_three_misses_the_goal_and_is_named():
    measured = str(goal([a_cell(1, 2.0, 5.0), a_cell(8, 2.0, 7.0)]))

    assert "at most 3 times" in measured
    assert "at 8 connections (workers: 2)" in measured
    assert "missed: 3.50" in measured
    assert "holds: 2.50" in measured


def test_each_setting_has_a_line():
    table = alternatives_table([a_cell(1, 2.0, 5.0), a_cell(8, 2.0, 7.0)], 30)

    assert [row[-1] for row in table.rows] == ["2.50 x", "3.50 x"]
    assert {len(row) for row in table.rows} == {len(table.header)}
