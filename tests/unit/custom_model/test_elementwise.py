"""Operations on columns, and on the numbers of one row."""

import numpy as np
import pytest

from custom_model.elementwise import (
    NAN,
    ONE,
    ZERO,
    at_least,
    at_most,
    count_missing,
    is_missing,
    total,
    where,
)

NUMBERS = np.array([0.0, -0.0, 1.0, -2.5, np.nan, np.inf, 365_243.0])


def test_a_column_and_its_numbers_have_the_same_results():
    columns = NUMBERS, NUMBERS[::-1], np.roll(NUMBERS, 2)

    for operation in (
        *(total, count_missing, lambda them: where(is_missing(them[0]), NAN, them[1])),
        *(lambda them: at_least(them[0], ONE), lambda them: at_most(them[0], ONE)),
    ):
        together = operation(columns)
        alone = [operation(numbers) for numbers in zip(*columns, strict=True)]
        assert together.tobytes() == np.array(alone).tobytes()


def test_unknown_values_add_nothing_and_are_counted():
    assert total((NAN, ONE, np.float64(2.0))) == 3.0
    assert total((NAN, NAN)) == 0.0
    assert count_missing((NAN, ONE, NAN)) == 2.0


def test_a_bound_replaces_what_is_beyond_it_and_nothing_unknown():
    assert at_least(np.float64(0.5), ONE) == at_most(np.float64(1.5), ONE) == 1.0
    assert np.isnan(at_least(NAN, ONE))
    assert np.isnan(at_most(NAN, ONE))


@pytest.mark.parametrize("zero", [ZERO, total((NAN,)), count_missing((ONE,))], ids=["constant", "total", "count"])
def test_a_division_by_a_zero_of_one_row_is_no_error(zero):
    with np.errstate(all="ignore"):
        assert np.isinf(ONE / zero)
