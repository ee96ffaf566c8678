"""Figures of quality, against independent calculations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.costs import Costs, is_refused
from steps.quality.figures import (
    business_score,
    calibration_bins,
    calibration_error,
    calibration_noise,
    expected_cost,
    measure,
    realised_cost,
)

COSTS = Costs(false_negative=10, false_positive=1)


@pytest.fixture(scope="module")
def calibrated():
    generator = np.random.default_rng(11)
    probability = generator.beta(1, 6, 3_000)
    return probability, (generator.random(3_000) < probability).astype(int)


@pytest.mark.parametrize(
    ("probability", "target", "cost"),
    [(0.05, 0, 0), (0.05, 1, 10), (0.5, 0, 1), (0.5, 1, 0), (0.1, 0, 1)],
    ids=["good granted", "default granted", "good refused", "default refused", "at the threshold"],
)
def test_each_of_the_four_outcomes_has_its_cost(probability, target, cost):
    assert realised_cost(is_refused(np.array([probability]), 0.1), np.array([target]), COSTS).tolist() == [cost]


def test_expected_cost_is_the_cost_averaged_over_the_outcomes(calibrated):
    probability, _ = calibrated
    refused = is_refused(probability, 0.1)
    all_default = realised_cost(refused, np.ones(3_000), COSTS)
    all_good = realised_cost(refused, np.zeros(3_000), COSTS)

    averaged = probability * all_default + (1 - probability) * all_good

    np.testing.assert_allclose(expected_cost(probability, refused, COSTS), averaged)


def test_expected_and_realised_cost_agree_when_probabilities_are_right(calibrated):
    probability, target = calibrated
    refused = is_refused(probability, COSTS.threshold)
    realised = realised_cost(refused, target, COSTS)

    noise = realised.std() / math.sqrt(len(target))

    assert abs(realised.mean() - expected_cost(probability, refused, COSTS).mean()) < 4 * noise


@pytest.mark.parametrize(
    ("cost", "score"),
    [
        (0.0, 1.0),  # a perfect model
        (0.9, 0.0),  # all refused: 9 good clients lost, at 1 each
        (0.45, 0.5),  # half of that
        (1.0, -1 / 9),  # all granted, the dearer policy without a model: a default, at 10
    ],
)
def test_business_score_is_the_share_of_the_avoidable_cost_that_was_avoided(cost, score):
    one_default_in_ten = np.array([1] + 9 * [0])

    assert business_score(cost, one_default_in_ten, COSTS) == pytest.approx(score)


def test_business_score_measures_against_granting_all_where_that_is_cheaper():
    one_default_in_a_hundred = np.array([1] + 99 * [0])  # granting all costs 0.1 a client, refusing all 0.99

    assert business_score(0.05, one_default_in_a_hundred, COSTS) == pytest.approx(0.5)


def test_bins_are_tenths_of_the_clients_from_low_risk_to_high():
    probability = np.arange(100)[::-1] / 100
    target = (probability >= 0.9).astype(int)

    predicted, observed, size = calibration_bins(probability, target)

    assert size.tolist() == 10 * [10]
    np.testing.assert_allclose(predicted, 0.045 + np.arange(10) / 10)  # 0.00 .. 0.09 have the mean 0.045
    assert observed.tolist() == 9 * [0.0] + [1.0]


def test_bins_of_a_few_clients_are_a_client_each():
    predicted, _, size = calibration_bins(np.array([0.3, 0.1]), np.array([1, 0]))

    assert (predicted.tolist(), size.tolist()) == ([0.1, 0.3], [1, 1])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_calibration_error_is_a_distance_of_rates(drawn):
    probability, target = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))

    error = calibration_error(probability, target)

    # No smaller than the distance on the whole, no larger than that of each client from the outcome.
    assert abs(probability.mean() - target.mean()) - 1e-12 <= error <= np.abs(probability - target).mean() + 1e-12


def test_probabilities_all_too_high_by_a_tenth_have_an_error_of_a_tenth():
    target = np.tile([0, 0, 0, 0, 1], 200)

    assert calibration_error(np.full(1_000, 0.3), target) == pytest.approx(0.1)


def test_calibration_noise_is_what_right_probabilities_stay_under_95_times_of_100(calibrated):
    probability, _ = calibrated
    noise = calibration_noise(probability, samples=200, seed=0)
    generator = np.random.default_rng(99)

    errors = [calibration_error(probability, generator.random(len(probability)) < probability) for _ in range(400)]

    # 400 draws of 0.95: two standard deviations are 0.02.
    assert np.mean(np.array(errors) < noise) == pytest.approx(0.95, abs=0.04)


def test_chance_shrinks_with_the_number_of_clients(calibrated):
    probability, _ = calibrated

    assert calibration_noise(probability, 50, seed=0) < calibration_noise(probability[:300], 50, seed=0) / 2


def test_all_figures_of_calibrated_clients(calibrated):
    probability, target = calibrated

    quality = measure(probability, is_refused(probability, 0.1), target, COSTS, bootstraps=100, seed=0)

    figures = quality.figures
    refused = probability >= 0.1
    defaults, good = probability[target == 1], probability[target == 0]
    beaten = (defaults[:, None] > good).mean() + 0.5 * (defaults[:, None] == good).mean()
    assert figures["auc"] == pytest.approx(beaten)  # share of pairs in which the default is riskier
    assert figures["brier"] == pytest.approx(np.mean((probability - target) ** 2))
    assert figures["log_loss"] == pytest.approx(-np.mean(np.log(np.where(target == 1, probability, 1 - probability))))
    assert figures["clients"] == 3_000
    assert figures["default_rate"] == target.mean()
    assert figures["refusal_rate"] == refused.mean()
    assert figures["cost"] == pytest.approx(
        (10 * ((target == 1) & ~refused).sum() + ((target == 0) & refused).sum()) / 3_000
    )
    assert figures["calibration_slope"] == pytest.approx(1, abs=0.15)
    assert figures["calibration_intercept"] == pytest.approx(0, abs=0.3)
    assert figures["calibration_error"] < 0.03
    for name, (low, high) in quality.intervals.items():
        assert low < figures[name] < high


def test_measuring_twice_gives_the_same(calibrated):
    probability, target = calibrated
    refused = is_refused(probability, 0.1)

    once, again = (measure(probability, refused, target, COSTS, 50, seed=5) for _ in range(2))

    assert once == again


def test_certain_probabilities_are_measured_too():
    probability, target = np.array([0.0, 0.0, 1.0, 1.0, 0.5, 0.5]), np.array([0, 1, 1, 0, 1, 1])

    figures = measure(probability, is_refused(probability, 0.1), target, COSTS, 20, seed=0).figures

    assert all(math.isfinite(value) for value in figures.values())


def test_a_model_worse_than_chance_is_measured_too():
    generator = np.random.default_rng(0)
    target = (generator.random(500) < 0.2).astype(int)
    probability = np.where(target == 1, 0.1, 0.2) + generator.random(500) * 0.1

    figures = measure(probability, is_refused(probability, 1 / 11), target, COSTS, 50, 0).figures

    assert figures["calibration_slope"] < 0
    assert figures["auc"] < 0.5


def test_a_referred_client_costs_a_review_where_that_has_a_cost():
    costs = Costs(false_negative=10, false_positive=1, review=0.5)
    # A default granted, one refused, and one referred; a good client granted, refused, referred, referred.
    target = np.array([1, 1, 1, 0, 0, 0, 0])
    refused = np.array([False, True, True, False, True, False, True])
    referred = np.array([False, False, True, False, False, True, True])

    assert realised_cost(refused, target, costs, referred).tolist() == [10, 0, 0.5, 0, 1, 0.5, 0.5]
    assert expected_cost(np.full(7, 0.2), refused, costs, referred).tolist() == pytest.approx(
        [2, 0.8, 0.5, 2, 0.8, 0.5, 0.5]
    )


def test_without_a_cost_of_review_a_referred_client_counts_as_the_threshold_decides():
    target, refused, referred = np.array([1, 0]), np.array([False, True]), np.array([True, True])

    assert realised_cost(refused, target, COSTS, referred).tolist() == [10, 1]


def test_figures_of_money_count_reviews(calibrated):
    probability, target = calibrated
    costs = Costs(false_negative=10, false_positive=1, review=0.3)
    refused, referred = is_refused(probability, costs.threshold), costs.needs_review(probability)

    without, reviewed = (measure(probability, refused, target, costs, 20, 0, each).figures for each in (None, referred))

    # Of calibrated clients those in doubt are expected to cost more than 0.3, and cost just that.
    assert 0.1 < referred.mean() < 0.9
    assert reviewed["expected_cost"] < without["expected_cost"]
    assert reviewed["cost"] < without["cost"]
    assert reviewed["business_score"] > without["business_score"]
    assert reviewed["auc"] == without["auc"]
