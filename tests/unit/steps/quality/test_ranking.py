"""Rankings: KS, the sampling error of an AUC, and intervals of both."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from steps.quality.ranking import auc_with_error, kolmogorov_smirnov, ranking_intervals
from tests.unit.steps.evaluations import calibrated_clients

PROBABILITY, TARGET = calibrated_clients(600)


def test_ks_is_the_largest_distance_between_the_two_curves():
    bad, good = roc_curve(TARGET, PROBABILITY)[1::-1]

    assert kolmogorov_smirnov(PROBABILITY, TARGET) == pytest.approx((bad - good).max())
    assert kolmogorov_smirnov(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1])) == 0.5
    assert kolmogorov_smirnov(np.array([0.5, 0.5]), np.array([0, 1])) == 0.0


def test_the_error_of_an_auc_is_that_of_its_placements():
    # Two defaults (0.9, 0.4) and two good clients (0.5, 0.1): wins 1 and 1/2, losses 1/2 and 0 of two defaults each.
    found = auc_with_error(np.array([0.9, 0.4, 0.5, 0.1]), np.array([1, 1, 0, 0]))

    assert found.value == pytest.approx(0.75)
    # var(1, 0.5) = 0.125 over two defaults, var(0.5, 1) = 0.125 over two good clients.
    assert found.error == pytest.approx(np.sqrt(0.125 / 2 + 0.125 / 2))


def test_the_interval_of_an_auc_covers_the_true_one_in_95_of_100_samples():
    generator = np.random.default_rng(2)
    many = generator.beta(1, 6, 200_000)
    truth = roc_auc_score(generator.random(200_000) < many, many)

    covered = 0
    for _ in range(400):
        probability = generator.beta(1, 6, 500)
        low, high = auc_with_error(probability, (generator.random(500) < probability).astype(int)).interval
        covered += low <= truth <= high

    assert 0.92 <= covered / 400 <= 0.98


def test_one_outcome_has_no_auc_and_a_single_default_no_error():
    assert auc_with_error(np.array([0.1, 0.2]), np.array([0, 0])) is None
    assert auc_with_error(np.array([0.1, 0.2, 0.3]), np.array([0, 0, 1])).interval is None


def test_a_perfect_ranking_of_few_clients_is_not_known_without_error():
    perfect = auc_with_error(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]))

    assert perfect.value == 1.0
    assert perfect.interval is None


def test_the_intervals_are_those_of_resampled_clients():
    found = ranking_intervals(PROBABILITY, TARGET, 400, seed=0)

    generator = np.random.default_rng(1)
    drawn = [generator.integers(600, size=600) for _ in range(400)]
    ks = np.percentile([kolmogorov_smirnov(PROBABILITY[rows], TARGET[rows]) for rows in drawn], [2.5, 97.5])
    precision = np.percentile([average_precision_score(TARGET[rows], PROBABILITY[rows]) for rows in drawn], [2.5, 97.5])
    assert found["ks"] == pytest.approx(ks, abs=0.025)
    assert found["average_precision"] == pytest.approx(precision, abs=0.025)


def test_clients_of_equal_probability_count_alike_in_any_order():
    tied = np.round(PROBABILITY, 1)
    order = np.random.default_rng(4).permutation(600)

    assert kolmogorov_smirnov(tied[order], TARGET[order]) == pytest.approx(kolmogorov_smirnov(tied, TARGET))
