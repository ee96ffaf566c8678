"""Shares and means against a reference that is itself a sample."""

import numpy as np
import pytest
from scipy.stats import norm

from steps.monitoring.decisions.against_reference import (
    mean_with_interval,
    p_of_change,
    p_of_increase,
    share_with_interval,
)


def test_a_share_within_what_is_tolerated_is_no_change_however_many_the_decisions():
    assert p_of_change(7_400_000, 10_000_000, 70_000, 100_000, 0.05) == 1.0
    assert p_of_change(7_600_000, 10_000_000, 70_000, 100_000, 0.05) < 1e-6


def test_the_p_of_a_change_is_that_of_the_farthest_tolerated_share():
    # Against a reference beyond noise, 60 of 100 where 0.65 is the farthest: as likely as a z of -5.5 / 4.77 or so.
    spread = np.sqrt(100 * 0.65 * 0.35)
    expected = norm.cdf((60.5 - 65) / spread) + norm.sf((79.5 - 65) / spread)

    assert p_of_change(60, 100, 7_000_000, 10_000_000, 0.05) == pytest.approx(expected, abs=0.01)


def test_large_windows_have_the_p_that_the_exact_distribution_gives():
    exact = p_of_change(12_800, 20_000, 7_000, 10_000, 0.05)
    normal = p_of_change(12_801, 20_001, 7_000, 10_000, 0.05)

    assert normal == pytest.approx(exact, rel=0.05)
    assert 0.01 < exact < 0.5


@pytest.mark.parametrize(("decisions", "clients"), [(100, 500), (1_000, 500), (2_000, 60_000)])
@pytest.mark.parametrize("share", [0.65, 0.75])
def test_a_change_of_exactly_what_is_tolerated_is_found_at_the_level(decisions, clients, share):
    """The reference has 0.70, 0.05 are tolerated: at 0.65 and 0.75 at most 5 of 100 windows have a p below 0.05."""
    generator = np.random.default_rng(decisions + clients)
    hits, then = generator.binomial(decisions, share, 3_000), generator.binomial(clients, 0.70, 3_000)

    found = [p_of_change(hit, decisions, before, clients, 0.05) for hit, before in zip(hits, then, strict=True)]

    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.062


def test_a_share_that_cannot_change_by_more_than_is_tolerated_is_no_change():
    assert p_of_change(100, 100, 970, 1_000, 0.05) == 1.0


def test_a_mean_cost_within_what_is_tolerated_is_no_increase():
    cost = np.full(100, 0.54) + np.tile([-0.1, 0.1], 50)

    assert p_of_increase(cost, 0.5, 60_000, 0.1) > 0.5  # 0.54 is below 0.55
    assert p_of_increase(cost + 0.1, 0.5, 60_000, 0.1) < 1e-6
    assert p_of_increase(cost - 0.5, 0.5, 60_000, 0.1) == pytest.approx(1)


def test_the_noise_of_a_small_reference_counts():
    cost = np.full(10_000, 0.57) + np.tile([-0.3, 0.3], 5_000)

    # 0.57 is 0.02 above 0.55; the spread is 0.3 over 100, and 0.33 over 10 beside it with a reference of 100 clients.
    assert p_of_increase(cost, 0.5, 10**9, 0.1) == pytest.approx(norm.sf(0.02 / 0.003), rel=0.01)
    assert p_of_increase(cost, 0.5, 100, 0.1) == pytest.approx(norm.sf(0.02 / np.hypot(0.003, 0.033)), rel=0.01)


def test_equal_costs_are_compared_without_a_spread():
    assert p_of_increase(np.full(100, 0.6), 0.5, 100, 0.1) == 0.0
    assert p_of_increase(np.full(100, 0.5), 0.5, 100, 0.1) == 1.0


def test_estimates_of_nothing_have_no_value():
    assert share_with_interval(0, 0).value is None
    assert mean_with_interval(np.empty(0)).value is None
    assert mean_with_interval(np.array([0.3])).low is None
    assert share_with_interval(10, 100).percent() == "10.0% (5.5% to 17.4%)"


@pytest.mark.parametrize(("decisions", "clients"), [(100, 400), (1_000, 400), (1_000, 60_000)])
def test_an_increase_of_exactly_what_is_tolerated_is_found_at_the_level(decisions, clients):
    """Costs of grants and refusals at costs of 10 and 1; the reference's are 1/1.1 of the window's."""
    generator = np.random.default_rng(decisions + clients)

    def costs(shape):
        probability = generator.beta(1.2, 14, shape)
        return np.where(probability < 1 / 11, 10 * probability, 1 - probability)

    found = [p_of_increase(costs(decisions), costs(clients).mean() / 1.1, clients, 0.1) for _ in range(1_000)]

    assert 0.025 < np.mean(np.array(found) < 0.05) < 0.065
