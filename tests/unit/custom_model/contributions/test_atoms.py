"""An atom is true of the values that LightGBM would send left by its split."""

from math import inf, nan, nextafter

import numpy as np
import pytest

from custom_model.contributions.atoms import ZERO, Atoms
from custom_model.contributions.conditions import Among, Below, Within
from custom_model.contributions.trees import Missing

NEAR_ZERO = (0.0, -0.0, ZERO, -ZERO, 1e-36, -1e-36, 5e-324, -5e-324)
BESIDE = (nextafter(ZERO, 1), nextafter(-ZERO, -1), 1.0, -1.0)


def holds(atom: Below | Within | Among, *values: float) -> list[bool]:
    """Whether the atom is true of each value of its feature."""
    return Atoms([atom]).of(np.array(values)[:, None])[:, 0].tolist()


@pytest.mark.parametrize("threshold", [*NEAR_ZERO, *BESIDE])
def test_a_number_near_0_is_compared_as_0_and_any_other_as_itself(threshold):
    atom = Below(0, threshold, Missing.nan, False)

    assert holds(atom, *NEAR_ZERO) == [threshold >= 0] * len(NEAR_ZERO)
    assert holds(atom, *BESIDE) == [number <= threshold for number in BESIDE]


@pytest.mark.parametrize("threshold", [*NEAR_ZERO, *BESIDE])
@pytest.mark.parametrize("takes_missing", [False, True])
def test_where_0_is_missing_all_numbers_near_it_are(threshold, takes_missing):
    atom = Below(0, threshold, Missing.zero, takes_missing)

    assert holds(atom, nan, *NEAR_ZERO) == [takes_missing] * (1 + len(NEAR_ZERO))
    assert holds(atom, *BESIDE) == [number <= threshold for number in BESIDE]


def test_between_two_bounds_only_the_upper_one_is_included():
    lower, upper = Below(0, 1.0, Missing.nan, False), Below(0, 2.0, Missing.nan, False)

    assert holds(Within(upper, lower), 1.0, 1.5, 2.0, 2.5, nan) == [False, True, True, False, False]


def test_a_category_has_no_fraction_and_no_other_value_is_one():
    assert holds(Among(0, frozenset({0, 2})), 0.0, -0.5, 2.9, 2.0) == [True] * 4
    assert holds(Among(0, frozenset({0, 2})), 1.0, 3.0, -1.0, 2.0**32, inf, -inf, nan) == [False] * 7


def test_no_atom_is_true_of_nothing():
    mixed = [None, Below(0, inf, Missing.none, False), None, Among(0, frozenset({1}))]

    assert Atoms(mixed).of(np.array([[1.0], [nan]])).tolist() == [
        [False, True, False, True],
        [False, True, False, False],
    ]
