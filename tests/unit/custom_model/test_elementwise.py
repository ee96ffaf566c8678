"""Operations on columns, and on the numbers of one row."""

import numpy as np
import pytest

from custom_model.elementwise import NAN, ONE, ZERO, count_missing, is_missing, total, where

NUMBERS = np.array([0.0, -0.0, 1.0, -2.5, np.nan, np.inf, 365_243.0])


def test_a_column_and_its_numbers_have_the_same_results():
    columns = NUMBERS, NUMBERS[::-1], np.roll(NUMBERS, 2)

    for operation in (total, count_missing, lambda them: where(is_missing(them[0]), NAN, them[1])):
        together = operation(columns)
        alone = [operation(numbers) for numbers in zip(*columns, strict=True)]
        assert together.tobytes() == np.array(alone).tobytes()


def test_unknown_values_add_nothing_and_are_counted():
    assert total((NAN, ONE, np.float64(2.0))) == 3.0
    assert total((NAN, NAN)) == 0.0
    assert count_missing((NAN, ONE, NAN)) == 2.0


@pytest.mark.parametrize("zero", [ZERO, total((NAN,)), count_missing((ONE,))], ids=["constant", "total", "count"])
def test_a_division_by_a_zero_of_one_row_is_no_error(zero):
    with np.errstate(all="ignore"):
        assert np.isinf(ONE / zero)
