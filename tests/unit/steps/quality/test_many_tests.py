"""The correction for many tests, and the p-values that it corrects."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from steps.quality.many_tests import below, holm, two_sided
from steps.quality.poisson_binomial import LEAST_NORMAL, surprise


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_never_falls():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_false_alarm_among_many_tests_stays_at_its_level():
    generator = np.random.default_rng(0)

    alarms = sum(min(holm(generator.random(50).tolist())) < 0.05 for _ in range(2_000))

    assert 0.035 <= alarms / 2_000 <= 0.065


def test_p_values_are_those_of_the_normal_distribution():
    assert two_sided(1.959964) == pytest.approx(0.05)
    assert two_sided(-1.959964) == pytest.approx(0.05)
    assert below(-1.644854) == pytest.approx(0.05)
    assert below(2.0) == pytest.approx(norm.cdf(2.0))


def test_the_surprise_of_few_clients_is_exact():
    assert surprise(np.array([0.5, 0.5]), 0) == pytest.approx(0.5)
    alike = np.full(40, 0.1)
    assert surprise(alike, 9) == pytest.approx(2 * binom.sf(8, 40, 0.1))
    assert surprise(alike, 4) == 1.0


def test_clients_with_their_own_probabilities_are_put_together_one_by_one():
    probability = np.array([0.1, 0.5, 0.7, 0.9, 0.2])

    # The chance of no default: 0.9 x 0.5 x 0.3 x 0.1 x 0.8 = 0.0108.
    assert surprise(probability, 0) == pytest.approx(2 * 0.0108)


def test_a_low_risk_is_exact_however_many_the_clients():
    assert surprise(np.full(2_000, 0.001), 7) == pytest.approx(2 * binom.sf(6, 2_000, 0.001), rel=1e-6)


def test_the_surprise_of_many_clients_goes_on_where_the_exact_one_ends():
    clients = int(LEAST_NORMAL / 0.25)
    exact = surprise(np.full(clients - 1, 0.5), clients // 2 + 250)
    normal = surprise(np.full(clients, 0.5), clients // 2 + 250)

    assert normal == pytest.approx(exact, rel=0.03)


def test_certain_clients_surprise_nobody_as_predicted_and_beyond_doubt_otherwise():
    assert surprise(np.array([0.0, 1.0]), 1) == 1.0
    assert surprise(np.array([0.0, 0.0]), 1) == 0.0
