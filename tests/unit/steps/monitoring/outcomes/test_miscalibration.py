"""How surprising a number of defaults is, where probabilities may be a little off."""

import numpy as np
import pytest
from scipy.stats import binom

from steps.monitoring.outcomes.miscalibration import p_of_miscalibration, ratio_to_expected


def test_the_p_is_that_of_the_farthest_tolerated_probabilities():
    probability = np.full(1_000, 0.05)

    # 50 are expected, 55 tolerated: 80 or more of 0.055; and as far on the other side, 20 or fewer.
    expected = binom.sf(79, 1_000, 0.055) + binom.cdf(20, 1_000, 0.055)
    assert p_of_miscalibration(probability, 80, 0.1) == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(0.0006, abs=1e-4)
    below = binom.cdf(25, 1_000, 0.045) + binom.sf(74, 1_000, 0.045)
    assert p_of_miscalibration(probability, 25, 0.1) == pytest.approx(below, rel=1e-6)


@pytest.mark.parametrize("defaults", [45, 50, 55])
def test_what_is_tolerated_is_no_finding(defaults):
    assert p_of_miscalibration(np.full(1_000, 0.05), defaults, 0.1) == 1.0


def test_without_tolerance_both_sides_count():
    assert p_of_miscalibration(np.array([0.5, 0.5]), 0, 0.0) == pytest.approx(0.5)  # none 1/4, or both 1/4
    assert p_of_miscalibration(np.array([0.5, 0.5]), 2, 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize(("loans", "factor"), [(300, 1.1), (300, 0.9), (5_000, 1.1), (5_000, 1.0)])
def test_probabilities_at_the_limit_are_accused_at_the_level_at_most(loans, factor):
    generator = np.random.default_rng(loans)
    probability = generator.beta(1.2, 30, (2_000, loans))
    defaults = (generator.random((2_000, loans)) < factor * probability).sum(axis=1)

    found = [p_of_miscalibration(*pair, 0.1) for pair in zip(probability, defaults.tolist(), strict=True)]

    assert np.mean(np.array(found) < 0.05) < 0.062


def test_no_loans_are_no_finding():
    assert p_of_miscalibration(np.empty(0), 0, 0.1) == 1.0
    assert ratio_to_expected(0, 0.0).value is None


def test_the_ratio_has_the_interval_of_a_poisson_number():
    found = ratio_to_expected(60, 50.0)

    assert found.value == 1.2
    assert (found.low * 50, found.high * 50) == pytest.approx((45.8, 77.2), abs=0.05)  # tables of Garwood for 60
    assert ratio_to_expected(0, 3.7).low == 0.0
    assert ratio_to_expected(0, 3.7).high == pytest.approx(1.0, abs=0.01)  # 3.69: the upper limit of none
