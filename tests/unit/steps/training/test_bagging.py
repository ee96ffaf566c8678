"""A bag: the mean of its boosters' log-odds, in one booster."""

import lightgbm as lgb
import numpy as np
import pytest

from steps.training.bagging import bag


@pytest.fixture(scope="module")
def matrix():
    return np.random.default_rng(0).standard_normal((500, 6))


@pytest.fixture(scope="module")
def boosters(matrix):
    target = np.random.default_rng(1).random(500) < 1 / (1 + np.exp(2 - matrix[:, 0]))
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "bagging_fraction": 0.7, "bagging_freq": 1}
    data = lgb.Dataset(matrix, target, free_raw_data=False)
    return [lgb.train({**params, "seed": seed}, data, num_boost_round=10 + seed) for seed in range(3)]


def test_log_odds_of_a_bag_are_the_mean_of_its_boosters(matrix, boosters):
    mean = np.mean([booster.predict(matrix, raw_score=True) for booster in boosters], axis=0)

    np.testing.assert_allclose(bag(boosters).predict(matrix, raw_score=True), mean, atol=1e-12)


def test_contributions_of_a_bag_are_the_mean_of_its_boosters(matrix, boosters):
    mean = np.mean([booster.predict(matrix, pred_contrib=True) for booster in boosters], axis=0)

    np.testing.assert_allclose(bag(boosters).predict(matrix, pred_contrib=True), mean, atol=1e-12)


def test_a_bag_has_all_the_trees_and_leaves_its_boosters_as_they_were(matrix, boosters):
    before = [booster.model_to_string() for booster in boosters]

    assert bag(boosters).num_trees() == 10 + 11 + 12
    assert [booster.model_to_string() for booster in boosters] == before


def test_a_saved_bag_scores_as_before(matrix, boosters, tmp_path):
    together = bag(boosters)
    together.save_model(tmp_path / "booster.txt")

    again = lgb.Booster(model_file=tmp_path / "booster.txt")

    assert again.predict(matrix).tobytes() == together.predict(matrix).tobytes()
