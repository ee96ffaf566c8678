"""The report: the same table as text and as Markdown, and goals that say whether they were reached."""

import pytest

from benchmarks.load.closed_loop import Load
from benchmarks.report import Goal, Table, as_markdown, as_text, figures, goals_summary, multiple, setting, three_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8249, "0.825"), (1.0, "1.00"), (9.996, "10.00"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1234")],
)
def test_figures_have_three_significant_digits_and_their_whole_integer_part(value, text):
    assert three_digits(value) == text


def test_figures_are_p50_p99_and_rate():
    assert figures(Load(0.5, 12.5, 1500.0)) == "0.500 / 12.5 / 1500"


@pytest.mark.parametrize(("ratio", "text"), [(0.254, "0.25 x"), (9.99, "9.99 x"), (123.45, "123.5 x")])
def test_ratios_are_multiples(ratio, text):
    assert multiple(ratio) == text


def test_a_goal_that_is_reached_everywhere_holds():
    goal = Goal("rate", 1, {setting(2, 1): 1.5, setting(2, 8): 1.0})
    assert str(goal) == (
        "rate: at least 1 times; holds: 1.50 at 1 connection (workers: 2), 1.00 at 8 connections (workers: 2)"
    )


def test_a_goal_is_missed_in_the_settings_that_do_not_reach_it():
    goal = Goal("p50", 1.5, {"here": 1.5, "there": 1.51}, is_minimum=False)
    assert str(goal) == "p50: at most 1.5 times; missed: 1.51 there; holds: 1.50 here"


def test_a_goal_that_was_not_measured_neither_holds_nor_is_missed():
    assert str(Goal("rate", 100, {})) == "rate: at least 100 times; not measured in this run"


def test_the_summary_names_each_goal():
    summary = goals_summary([Goal("rate", 100, {"here": 99.0}), Goal("p50", 3, {"here": 2.0}, is_minimum=False)])
    assert summary.splitlines()[2:] == [
        "- rate: at least 100 times; missed: 99.00 here",
        "- p50: at most 3 times; holds: 2.00 here",
    ]


def test_text_aligns_columns_to_the_right():
    assert as_text(Table("Title", ["a", "long"], [["value", "1"]])) == "Title\n\n    a  long\nvalue     1"


def test_markdown_is_a_table_under_a_heading():
    assert as_markdown(Table("Title", ["a", "b"], [["1", "2.0"]])) == (
        "## Title\n\n|   a |   b |\n|----:|----:|\n|   1 | 2.0 |"
    )
