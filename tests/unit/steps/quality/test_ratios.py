"""Ratios of shares, and the four-fifths rule."""

import numpy as np
import pytest

from steps.quality.ratios import ratio_of_shares


def test_a_ratio_has_the_interval_of_its_logarithm():
    ratio = ratio_of_shares(60, 100, 80, 100)

    spread = 1.959964 * np.sqrt(1 / 60 - 1 / 100 + 1 / 80 - 1 / 100)
    assert ratio.value == pytest.approx(0.75)
    assert (ratio.low, ratio.high) == pytest.approx((0.75 * np.exp(-spread), 0.75 * np.exp(spread)))


@pytest.mark.parametrize(
    ("hits", "best", "clients", "verdict"),
    [(900, 950, 1_000, "met"), (500, 900, 1_000, "not met"), (70, 90, 100, "unclear"), (0, 50, 100, "not met")],
)
def test_four_fifths_is_met_or_not_with_the_whole_interval(hits, best, clients, verdict):
    assert ratio_of_shares(hits, clients, best, clients).verdict == verdict


def test_equal_shares_of_few_clients_are_not_proved_equal():
    ratio = ratio_of_shares(20, 20, 20, 20)

    # Half a client less of either: 1/19.5 - 1/20 = 0.00128 twice.
    assert ratio.value == 1.0
    assert (ratio.low, ratio.high) == pytest.approx((0.906, 1.104), abs=1e-3)


def test_without_a_hit_in_the_best_group_there_is_no_ratio():
    assert ratio_of_shares(0, 10, 0, 10) is None


def test_the_interval_covers_the_true_ratio_in_95_of_100_samples():
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(1_000):
        ratio = ratio_of_shares(int(generator.binomial(200, 0.6)), 200, int(generator.binomial(300, 0.75)), 300)
        covered += ratio.low <= 0.8 <= ratio.high

    assert 0.93 <= covered / 1_000 <= 0.97
