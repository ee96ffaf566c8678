"""Bootstrap intervals."""

import numpy as np
import pytest

from steps.quality.bootstrap import interval, resamples


def test_each_resample_draws_as_many_clients_as_there_are():
    drawn = list(resamples(rows=50, count=20, seed=1))

    assert len(drawn) == 20
    assert {int(weights.sum()) for weights in drawn} == {50}
    assert {len(weights) for weights in drawn} == {50}


def test_a_client_is_left_out_of_a_resample_about_e_to_the_minus_1_of_the_time():
    left_out = np.mean([np.mean(weights == 0) for weights in resamples(rows=1_000, count=100, seed=2)])

    assert left_out == pytest.approx(np.exp(-1), abs=0.01)  # (1 - 1/1000)^1000


def test_a_seed_gives_the_same_resamples_again_and_another_seed_others():
    first, again, other = (np.array(list(resamples(30, 5, seed))) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_the_interval_of_a_mean_is_about_two_standard_errors_each_way():
    values = np.random.default_rng(0).normal(5, 2, 1_000)

    low, high = interval(lambda weights: np.average(values, weights=weights), 1_000, count=1_000, seed=0)

    error = 1.96 * values.std() / np.sqrt(1_000)
    assert low == pytest.approx(values.mean() - error, abs=0.1 * error)
    assert high == pytest.approx(values.mean() + error, abs=0.1 * error)


def test_the_interval_of_a_constant_is_that_constant():
    assert interval(lambda weights: 3.0, 10, count=10, seed=0) == (3.0, 3.0)
