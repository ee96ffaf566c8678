"""The search space: LightGBM's names, and bounds that include the defaults."""

import lightgbm as lgb
import numpy as np
import optuna
import pytest

from steps.training.parameters import Parameters
from steps.tuning.search_space import SPACE, searched, suggest


@pytest.mark.parametrize("name", SPACE)
def test_each_searched_parameter_is_one_that_reaches_lightgbm_under_its_own_name(name):
    saved = lgb.Booster(
        {"verbosity": -1}, lgb.Dataset(np.arange(60.0).reshape(-1, 1), np.arange(60) % 2)
    ).model_to_string()
    reaches = "feature_fraction" if name == "columns_per_tree" else name

    assert reaches in Parameters().for_lightgbm(columns=100, seed=0, threads=1)
    assert f"[{reaches}:" in saved  # a saved booster lists every parameter of LightGBM


@pytest.mark.parametrize("name", SPACE)
def test_the_default_lies_within_its_range(name):
    distribution = SPACE[name]

    assert distribution.low <= getattr(Parameters(), name) <= distribution.high


def test_what_is_not_searched_stays_as_it_was_given():
    base = Parameters(rounds=7, learning_rate=0.3)

    tried = suggest(optuna.trial.FixedTrial({**searched(base), "num_leaves": 9}), base)

    assert tried == base.model_copy(update={"num_leaves": 9})
