"""Intervals of the figures: a statistic of weighted clients equals the figure of repeated clients."""

import numpy as np
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from custom_model.costs import Costs, is_refused
from steps.quality.bootstrap import resamples
from steps.quality.calibration import platt
from steps.quality.figures import BINS, business_score, calibration_error, realised_cost
from steps.quality.intervals import _auc, _business_score, _calibration_error, _calibration_line, bootstrap_intervals

COSTS = Costs(false_negative=10, false_positive=1)
CLIENTS = 4_000


@pytest.fixture(scope="module")
def sample():
    """Calibrated probabilities in ascending order, some of them tied, and outcomes."""
    generator = np.random.default_rng(3)
    probability = np.sort(np.round(generator.beta(1.2, 9, CLIENTS), 3).clip(0.001, 0.9))
    return probability, (generator.random(CLIENTS) < probability).astype(int)


@pytest.fixture(scope="module", params=[0, 1])
def weights(request):
    return list(resamples(CLIENTS, 2, seed=9))[request.param].astype(float)


def test_auc_of_weighted_clients_is_that_of_clients_repeated(sample, weights):
    probability, target = sample

    assert _auc(*sample)(weights) == pytest.approx(roc_auc_score(target, probability, sample_weight=weights), rel=1e-12)


def test_one_newton_step_arrives_where_a_new_fit_would(sample, weights):
    probability, target = sample
    repeated = np.repeat(np.arange(CLIENTS), weights.astype(int))
    slope, intercept = platt(logit(probability[repeated]), target[repeated])

    of_slope, of_intercept = _calibration_line(*sample)

    # A resample moves slope and intercept by about 0.05; the error of the first step is a small part of that.
    assert of_slope(weights) == pytest.approx(slope, abs=0.005)
    assert of_intercept(weights) == pytest.approx(intercept, abs=0.01)


def test_business_score_of_weighted_clients_is_that_of_clients_repeated(sample, weights):
    probability, target = sample
    cost = realised_cost(is_refused(probability, COSTS.threshold), target, COSTS)
    repeated = np.repeat(np.arange(CLIENTS), weights.astype(int))

    expected = business_score(float(cost[repeated].mean()), target[repeated], COSTS)

    assert _business_score(cost, target, COSTS)(weights) == pytest.approx(expected)


def test_calibration_error_of_all_clients_once_is_the_figure(sample):
    probability, target = sample

    assert _calibration_error(*sample, BINS)(np.ones(CLIENTS)) == pytest.approx(calibration_error(probability, target))


def test_bands_hold_the_figures_in_whatever_order_the_clients_come(sample):
    probability, target = sample
    cost = realised_cost(is_refused(probability, COSTS.threshold), target, COSTS)
    mixed = np.random.default_rng(1).permutation(CLIENTS)

    of_sorted = bootstrap_intervals(probability, target, cost, COSTS, BINS, 1_000, seed=5)
    of_mixed = bootstrap_intervals(probability[mixed], target[mixed], cost[mixed], COSTS, BINS, 1_000, seed=5)

    for name, value in (
        ("auc", roc_auc_score(target, probability)),
        ("cost", cost.mean()),
        ("business_score", business_score(cost.mean(), target, COSTS)),
        ("calibration_slope", 1.0),  # the probabilities are the true ones
        ("calibration_intercept", 0.0),
    ):
        low, high = of_mixed[name]
        assert low < value < high, name
        assert high - low == pytest.approx(of_sorted[name][1] - of_sorted[name][0], rel=0.15)


def test_few_clients_with_few_defaults_still_have_bands():
    target = np.array([0, 0, 0, 0, 1, 0])
    probability = np.array([0.1, 0.2, 0.05, 0.3, 0.4, 0.15])

    low, high = bootstrap_intervals(
        probability, target, realised_cost(is_refused(probability, 0.1), target, COSTS), COSTS, BINS, 100, seed=1
    )["auc"]

    assert 0 <= low <= high <= 1
