"""Axes that begin at zero and end at a round value, and labels that keep apart."""

from itertools import pairwise

import pytest

from desk.charts.plane import Plane, apart, round_end


@pytest.mark.parametrize(
    ("highest", "end", "step"),
    [(0.71, 0.8, 0.2), (0.8, 0.8, 0.2), (57, 60, 20), (1_204, 1_500, 500), (0, 1, 1), (0.003, 0.003, 0.001)],
)
def test_an_axis_ends_at_a_round_value_that_holds_the_highest(highest, end, step):
    assert round_end(highest) == pytest.approx((end, step))


def test_labels_are_moved_apart_and_stay_above_the_foot():
    moved = apart([100.0, 10.0, 101.0, 99.0], gap=20, end=130)

    assert sorted(moved)[-1] <= 130
    ordered = sorted(moved)
    assert all(after - before >= 20 for before, after in pairwise(ordered))
    assert moved[1] == 10.0


def test_zero_is_at_the_foot_of_the_plane_and_the_end_at_its_top():
    plane = Plane.to(0.71, steps=10)

    assert plane.y(0) == plane.foot
    assert plane.y(0.8) == 20
    assert plane.x(0) < plane.x(9) < plane.x(0) + plane.width
