"""The cost of reasons: a refusal with them is held against a grant."""

from benchmarks.load.closed_loop import Load
from benchmarks.load.rounds import Cell
from benchmarks.serving.reasons import goal


def cell(row: str, connections: int, p50: float) -> Cell:
    """A setting in which only the default of the reasons is of interest."""
    return Cell(row, 2, connections, {"none": Load(1, 2, 900), "refused": Load(p50, 9, 500)})


def test_a_refusal_is_held_against_a_grant_of_the_same_setting_up_to_32_connections():
    grants = [cell("granted", connections, 2.0) for connections in (1, 32, 128)]
    refusals = [cell("refused", 1, 2.5), cell("refused", 32, 3.0), cell("refused", 128, 9.0)]

    found = goal([*grants, *refusals])

    assert found.ratios == {"at 1 connection (workers: 2)": 1.25, "at 32 connections (workers: 2)": 1.5}
    assert "missed: 1.50 at 32" in str(found)
    assert "holds: 1.25 at 1" in str(found)


def test_without_a_refusal_nothing_is_measured():
    assert "not measured in this run" in str(goal([cell("granted", 1, 2.0)]))
