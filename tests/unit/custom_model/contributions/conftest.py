"""Boosters of many kinds, small, each trained once."""

from collections.abc import Callable, Sequence
from functools import cache

import lightgbm as lgb
import numpy as np
import pytest

CLIENTS, FEATURES, CATEGORICAL = 600, 18, [4, 5]
PLAIN = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, "num_leaves": 16, "seed": 3}
KINDS = {
    "missing_is_nan": {},
    "missing_is_zero": {"zero_as_missing": True},
    "nothing_is_missing": {"use_missing": False},
    "long_paths": {"num_leaves": 40, "min_data_in_leaf": 1, "extra_trees": True},
    "few_features": {"num_leaves": 31, "interaction_constraints": [[0, 1]]},
    "categories": {"categorical": CATEGORICAL, "min_data_per_group": 1, "cat_smooth": 1, "max_cat_to_onehot": 1},
    "one_category_a_split": {"categorical": CATEGORICAL, "max_cat_to_onehot": 100},
    "one_leaf": {"min_data_in_leaf": CLIENTS},
}


@pytest.fixture(scope="session")
def clients() -> np.ndarray:
    """(600, 18): numbers, a flag, one that is a single number or missing, two of 70 and 5 categories, more numbers."""
    random = np.random.default_rng(11)
    columns = [
        random.normal(size=CLIENTS),
        np.where(random.random(CLIENTS) < 0.3, 0.0, random.lognormal(3, 1, CLIENTS)),
        random.integers(0, 2, CLIENTS),
        np.full(CLIENTS, 5.0),
        random.integers(0, 70, CLIENTS),
        random.integers(0, 5, CLIENTS),
        *random.normal(size=(FEATURES - 6, CLIENTS)),
    ]
    clients = np.column_stack(columns).astype(float)
    clients[random.random(clients.shape) < 0.25] = np.nan
    clients.flags.writeable = False
    return clients


@pytest.fixture(scope="session")
def outcomes(clients: np.ndarray) -> np.ndarray:
    """Defaults that depend on all of the features."""
    known = np.nan_to_num(clients, nan=-1)
    odds = known[:, 0] * known[:, 2] + np.isnan(clients[:, 3]) + np.isin(known[:, 4] % 7, (1, 4)) - (known[:, 5] == 2)
    return odds + np.random.default_rng(12).normal(size=CLIENTS) > 0.5


@pytest.fixture(scope="session")
def trained(clients: np.ndarray, outcomes: np.ndarray) -> Callable[..., lgb.Booster]:
    """Trains ten trees with parameters besides `PLAIN`."""

    def train(rounds: int = 10, categorical: Sequence[int] = (), **params: object) -> lgb.Booster:
        data = lgb.Dataset(clients, outcomes, categorical_feature=list(categorical))
        return lgb.train({**PLAIN, **params}, data, rounds)

    return train


@pytest.fixture(scope="session")
def kinds() -> list[str]:
    """All kinds."""
    return list(KINDS)


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind in turn."""
    return request.param


@pytest.fixture(scope="session")
def booster_of(trained: Callable[..., lgb.Booster]) -> Callable[[str], lgb.Booster]:
    """The booster of a kind."""
    return cache(lambda kind: trained(**KINDS[kind]))


@pytest.fixture(scope="session")
def lightgbms() -> Callable[[lgb.Booster, np.ndarray], np.ndarray]:
    """LightGBM's own contributions, without the expected value."""
    return lambda booster, matrix: booster.predict(matrix, pred_contrib=True, num_threads=1)[:, :-1]
