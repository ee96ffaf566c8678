"""What a number can be, and what training saw."""

import numpy as np
import pytest

from custom_model.contract import Contract
from custom_model.errors import MAX_PROBLEMS, Problem
from custom_model.ranges import Range, Ranges

CONTRACT = Contract(id="ID", numeric=("SCORE", "DAYS", "OTHER"), categories={"KIND": ("a", "b")})
RANGES = {
    "SCORE": Range(lowest=0, highest=1, seen=(0.25, 0.75)),
    "DAYS": Range(highest=0, seen=(-100, -10), special=(365_243,)),
}


def row(score=0.5, days=-50.0, other=1e30, kind=0.0) -> list[float]:
    return [score, days, other, kind]


@pytest.mark.parametrize("values", [row(), row(0, -1e6), row(1, 0), row(np.nan, np.nan), row(days=365_243)])
def test_bounds_and_missing_and_special_values_are_possible(values):
    assert Ranges(CONTRACT, RANGES).impossible(np.array([values])) == []


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        (row(score=26), "SCORE", "from 0 to 1"),
        (row(score=np.nextafter(0, -1)), "SCORE", "from 0 to 1"),
        (row(days=300), "DAYS", "0 or less"),
        (row(days=365_242), "DAYS", "0 or less"),
    ],
)
def test_a_value_outside_the_bounds_is_a_problem_of_its_row_that_repeats_no_value(values, field, expected):
    problems = Ranges(CONTRACT, RANGES).impossible(np.array([row(), values]))

    assert problems == [Problem(1, field, f"expected a number {expected}")]


def test_unusual_is_what_training_never_saw():
    values = np.array([row(), row(0.8), row(0.75, -101), row(np.nan, 365_243)])

    assert Ranges(CONTRACT, RANGES).unusual(values).seen == {1: ["SCORE"], 2: ["DAYS"]}


def test_far_outside_is_measured_in_widths_of_the_range_that_training_saw():
    # Training saw values from -1 to 1: half a width further reaches from -2 to 2.
    ranges = Ranges(CONTRACT, {"OTHER": Range(seen=(-1, 1))}, beyond=0.5)
    values = np.array([row(other=value) for value in (2.0, 2.01, -2.01, -2.0)])

    assert ranges.unusual(values).far == {1: ["OTHER"], 2: ["OTHER"]}


@pytest.mark.parametrize(
    ("value", "is_far"),
    [(26_000, False), (13_000, False), (12_999, True), (0, True), (1_000_000, False), (1_974_000, False), (2e6, True)],
)
def test_money_is_far_outside_by_a_factor_too_since_widths_never_bound_it_below(value, is_far):
    ranges = Ranges(CONTRACT, {"OTHER": Range(lowest=0, seen=(26_000, 1_000_000))}, beyond=1.0)

    assert bool(ranges.unusual(np.array([row(other=value)])).far) is is_far


def test_negative_days_are_far_outside_by_a_factor_above():
    ranges = Ranges(CONTRACT, {"DAYS": Range(highest=0, seen=(-1_000, -100))}, beyond=1.0)

    assert ranges.unusual(np.array([row(days=-51), row(days=-49), row(days=-1_901)])).far == {1: ["DAYS"], 2: ["DAYS"]}


@pytest.mark.parametrize(("value", "problems"), [(2, 0), (-0.0, 0), (365_243, 0), (np.nan, 0), (1.5, 1), (1e-9, 1)])
def test_a_whole_number_has_no_fraction(value, problems):
    ranges = Ranges(CONTRACT, {"SCORE": Range(whole=True, special=(365_243,))})

    expected = [Problem(0, "SCORE", "expected a whole number")] * problems
    assert ranges.impossible(np.array([row(score=value)])) == expected


def test_a_field_without_a_range_has_no_bounds():
    values = np.array([row(other=1.7e308), row(other=-1.7e308)])

    assert Ranges(CONTRACT, {}).impossible(values) == []
    assert Ranges(CONTRACT, {}).unusual(values).seen == {}


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Range(), "of any size"),
        (Range(lowest=0), "0 or more"),
        (Range(highest=-6_570), "-6,570 or less"),
        (Range(lowest=1, highest=1e9), "from 1 to 1,000,000,000"),
        (Range(lowest=0.5, highest=2.25), "from 0.5 to 2.25"),
    ],
)
def test_bounds_are_written_out(bounds, words):
    assert str(bounds) == words


@pytest.mark.parametrize("ranges", [RANGES, {"SCORE": Range(whole=True)}], ids=["bounds", "whole"])
def test_impossible_values_stop_at_one_more_than_an_answer_lists(ranges):
    values = np.array([row(score=26.5)] * 5_000)

    assert len(Ranges(CONTRACT, ranges).impossible(values)) == MAX_PROBLEMS + 1
