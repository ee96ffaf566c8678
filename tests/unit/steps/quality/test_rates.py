"""Mean costs of few clients, with intervals."""

import numpy as np
import pytest

from custom_model.rates import wilson_interval
from steps.quality.rates import mean_of_cells


def test_a_mean_cost_has_the_intervals_of_its_rates():
    costs = np.repeat([10.0, 1.0, 0.0], [10, 30, 60])

    mean, low, high = mean_of_cells(costs, (10.0, 1.0))

    ends = wilson_interval(np.array([0.1, 0.3]), np.array([100, 100]))
    below, above = np.array([0.1, 0.3]) - ends[0], ends[1] - np.array([0.1, 0.3])
    assert mean == pytest.approx(1.3)
    assert low == pytest.approx(1.3 - np.sqrt((10 * below[0]) ** 2 + below[1] ** 2))
    assert high == pytest.approx(1.3 + np.sqrt((10 * above[0]) ** 2 + above[1] ** 2))


def test_few_clients_without_a_cost_are_not_known_to_cost_nothing():
    mean, low, high = mean_of_cells(np.zeros(20), (10.0, 1.0, 0.0))

    assert (mean, low) == (0.0, 0.0)
    assert high == pytest.approx(1.62, abs=0.01)


def test_the_interval_covers_the_true_mean_cost_of_few_clients_in_95_of_100_samples():
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(1_000):
        low, high = mean_of_cells(generator.choice([0.0, 1.0, 10.0], 40, p=[0.75, 0.2, 0.05]), (10.0, 1.0))[1:]
        covered += low <= 0.7 <= high

    assert 0.93 <= covered / 1_000 <= 0.985
