"""A kind that the reference all but lacks is certain from a few requests on."""

import numpy as np
import pytest

from steps.monitoring.drift.rare_bins import rare_p_values


def one(reference, window, is_number=False, tolerated=0.0):
    found = rare_p_values(np.array([reference], float), np.array([window], float), np.array([is_number]), tolerated)
    return float(found[0][0]), int(found[1][0])


def test_three_of_a_new_kind_are_all_in_the_window_by_chance_once_in_millions():
    # (500 / 100,500)^3 = 1.2e-7.
    p, tested = one([100_000, 3 - 3, 0], [497, 3, 0])

    assert p == pytest.approx((500 / 100_500) ** 3)
    assert tested == 1


def test_a_kind_as_rare_as_in_the_reference_is_nothing():
    # 20 of 100,000 then, 0 or 1 of 5,000 now.
    assert one([99_980, 20, 0], [4_999, 1, 0])[0] > 0.5
    assert one([99_980, 20, 0], [5_000, 0, 0])[0] == 1


def test_missing_values_of_a_field_that_always_had_one_are_looked_at_of_numbers_too():
    # The last but one bin of a number is no level, but its highest values.
    p, tested = one([50_000, 50_000, 0], [240, 255, 5], is_number=True)

    assert p == pytest.approx((500 / 100_500) ** 5)
    assert tested == 1


def test_kinds_that_are_common_are_left_to_chi_square():
    assert one([80_000, 10_000, 10_000], [400, 50, 50]) == (1, 0)


def test_what_is_tolerated_may_be_new():
    # sum (p - q)^2 / pooled of a share of 2 % new is about 0.02 x 200 / (1 + ...): far beyond 0.005; of 0.05 % not.
    assert one([100_000, 0, 0], [490, 10, 0], tolerated=0.005)[0] < 1e-4
    assert one([100_000, 0, 0], [19_990, 10, 0], tolerated=0.005)[0] > 0.05
    assert one([100_000, 0, 0], [19_990, 10, 0])[0] < 1e-6
