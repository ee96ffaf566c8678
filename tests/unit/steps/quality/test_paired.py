"""Paired differences of two models on the same clients."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steps.quality.paired import auc_difference, cost_difference
from tests.unit.steps.evaluations import COSTS, calibrated_clients

PROBABILITY, TARGET = calibrated_clients(2_000)
OTHER = np.clip(PROBABILITY + np.random.default_rng(6).normal(0, 0.05, 2_000), 0, 1)


def test_the_difference_of_costs_is_that_of_the_means():
    # One refuses all, the other none: 3 defaults at 10 against 7 good clients at 1.
    target = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])

    mean, low, high = cost_difference(np.ones(10, bool), np.zeros(10, bool), target, COSTS, 500, seed=0)

    assert mean == pytest.approx((7 - 30) / 10)
    assert low < mean < high


def test_the_interval_of_cells_is_that_of_resampled_clients():
    one, other = COSTS.threshold <= PROBABILITY, COSTS.threshold <= OTHER

    mean, low, high = cost_difference(one, other, TARGET, COSTS, 4_000, seed=0)

    paid = np.where(one, TARGET == 0, 10 * (TARGET == 1)) - np.where(other, TARGET == 0, 10 * (TARGET == 1))
    generator = np.random.default_rng(3)
    drawn = [paid[generator.integers(2_000, size=2_000)].mean() for _ in range(4_000)]
    assert mean == pytest.approx(paid.mean())
    assert (low, high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.004)


def test_the_difference_of_aucs_has_the_interval_of_resampled_clients():
    mean, low, high = auc_difference(PROBABILITY, OTHER, TARGET)

    generator = np.random.default_rng(3)
    drawn = []
    for _ in range(800):
        rows = generator.integers(2_000, size=2_000)
        drawn.append(roc_auc_score(TARGET[rows], PROBABILITY[rows]) - roc_auc_score(TARGET[rows], OTHER[rows]))
    assert mean == pytest.approx(roc_auc_score(TARGET, PROBABILITY) - roc_auc_score(TARGET, OTHER))
    assert (low, high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.004)


def test_aucs_of_too_few_defaults_are_not_compared():
    with pytest.raises(ValueError, match="at least two defaults and two good clients"):
        auc_difference(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]), np.array([0, 0, 1]))
