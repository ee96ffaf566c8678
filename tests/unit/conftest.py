"""A model that trains in a moment: nine numbers, two categories, twenty trees."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import settings

from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.decisions import Decider
from custom_model.features import Features
from custom_model.model import decider as decider_of
from custom_model.scorecard import Calibration, ReasonText, Scorecard

settings.register_profile("unit", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Some of Home Credit's columns, one of them a history field."""
    return Contract(
        id="SK_ID_CURR",
        numeric=(
            "AMT_INCOME_TOTAL",
            "AMT_CREDIT",
            "AMT_ANNUITY",
            "DAYS_BIRTH",
            "DAYS_EMPLOYED",
            "EXT_SOURCE_1",
            "EXT_SOURCE_2",
            "EXT_SOURCE_3",
            "BUREAU_ROWS_COUNT_ALL",
        ),
        categories={"NAME_CONTRACT_TYPE": ("Cash loans", "Revolving loans"), "CODE_GENDER": ("F", "M", "XNA")},
        required=("AMT_INCOME_TOTAL", "AMT_CREDIT"),
        history=("BUREAU_ROWS_COUNT_ALL",),
    )


@pytest.fixture(scope="session")
def application() -> dict:
    """An application that fulfils the contract."""
    return {
        "SK_ID_CURR": 100_002,
        "AMT_INCOME_TOTAL": 202_500.0,
        "AMT_CREDIT": 406_597.5,
        "AMT_ANNUITY": 24_700.5,
        "DAYS_BIRTH": -9_461.0,
        "DAYS_EMPLOYED": -637.0,
        "EXT_SOURCE_1": 0.083,
        "EXT_SOURCE_2": 0.263,
        "EXT_SOURCE_3": 0.139,
        "BUREAU_ROWS_COUNT_ALL": 8.0,
        "NAME_CONTRACT_TYPE": "Cash loans",
        "CODE_GENDER": "M",
    }


@pytest.fixture(scope="session")
def values(contract: Contract) -> np.ndarray:
    """(400, fields) as in `Applications.values`: numbers and codes, a tenth of them missing."""
    generator = np.random.default_rng(7)
    columns = {
        "AMT_INCOME_TOTAL": generator.lognormal(12, 0.5, 400),
        "AMT_CREDIT": generator.lognormal(13, 0.6, 400),
        "AMT_ANNUITY": generator.lognormal(10, 0.4, 400),
        "DAYS_BIRTH": -generator.uniform(7_500, 25_000, 400),
        "DAYS_EMPLOYED": np.where(generator.random(400) < 0.2, 365_243, -generator.uniform(1, 7_000, 400)),
        "EXT_SOURCE_1": generator.random(400),
        "EXT_SOURCE_2": generator.random(400),
        "EXT_SOURCE_3": generator.random(400),
        "BUREAU_ROWS_COUNT_ALL": generator.poisson(3, 400),
        "CODE_GENDER": generator.integers(3, size=400),
        "NAME_CONTRACT_TYPE": generator.integers(2, size=400),
    }
    values = np.column_stack([columns[name] for name in contract.fields]).astype(float)
    values[generator.random(values.shape) < 0.1] = np.nan
    values.flags.writeable = False  # one array for all tests of a process
    return values


@pytest.fixture(scope="session")
def booster(contract: Contract, values: np.ndarray) -> lgb.Booster:
    """Trees for which low external scores are a risk."""
    features = Features(contract)
    scores = np.nanmean(values[:, [contract.column_of[f"EXT_SOURCE_{n}"] for n in (1, 2, 3)]], axis=1)
    risk = 1.0 - np.nan_to_num(scores, nan=0.5)
    target = np.random.default_rng(8).random(400) < risk**2
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 10, "num_leaves": 8}
    data = lgb.Dataset(features.matrix(values), target, categorical_feature=features.categorical)
    return lgb.train(params, data, num_boost_round=20)


@pytest.fixture(scope="session")
def scorecard(contract: Contract) -> Scorecard:
    """Costs of 10 and 1, a calibration that is not the identity, sentences for each feature."""
    features = Features(contract)
    topics = {feature.name: feature.topic for feature in features.derived}
    texts = {}
    for name in features.names:
        code = topics.get(name, "EXTERNAL_SCORE" if name.startswith("EXT") else name)
        if name in contract.categories:
            texts[name] = ReasonText(code=code, other=f"{name} is risky", missing=f"{name} is missing")
        else:
            low, high, missing = (f"{name} is {word}" for word in ("low", "high", "missing"))
            texts[name] = ReasonText(code=code, below=1.0, above=1.0, low=low, high=high, missing=missing)
    return Scorecard(
        calibration=Calibration(slope=1.2, intercept=-1.5),
        costs=Costs(false_negative=10, false_positive=1),
        texts=texts,
    )


@pytest.fixture(scope="session")
def decider(contract: Contract, scorecard: Scorecard, booster: lgb.Booster) -> Decider:
    """The decider, assembled as in a loaded model."""
    return decider_of(contract, scorecard, booster, "credit-scoring/1")
