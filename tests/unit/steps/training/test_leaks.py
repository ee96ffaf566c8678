"""Leaks: a planted one is reported by name, a strong predictor is not."""

import numpy as np
import pytest
from mlflow import MlflowClient

from steps.run.console import UserError
from steps.run.settings import Settings
from steps.train import train
from steps.training.data import training_data
from steps.training.leaks import check_leaks, feature_aucs
from tests.unit.steps.lender import POLICY, lender_table

BAD = lender_table().frame["bad"].to_numpy()
SEED = Settings().seed
NOISE = np.random.default_rng(5).random(600)


def data_with(**changed):
    return training_data(lender_table(**changed), np.ones(600, bool), POLICY)


@pytest.mark.parametrize(
    ("leak", "values"),
    [
        ("the outcome itself", BAD.astype(float)),
        ("the outcome, turned round", 1.0 - BAD),
        ("money collected after the default", np.where(BAD == 1, 1000 * NOISE, 0.0)),
        ("known for those who defaulted only", np.where(BAD == 1, NOISE, np.nan)),
        ("high and low for defaults, in between for the rest", np.where(BAD == 1, np.sign(NOISE - 0.5) * 9, NOISE)),
        ("a text", np.where(BAD == 1, "in collection", "none").astype(object)),
    ],
)
def test_a_planted_leak_is_named(leak, values):
    with pytest.raises(UserError) as error:
        check_leaks(data_with(past_loans_left=values), POLICY.implausible_auc, "lender.parquet", SEED)

    assert "lender.parquet" in str(error.value), leak
    assert "these do: past_loans_left (" in str(error.value)
    assert "excluded_fields" in str(error.value)


def test_all_leaks_are_named_at_once_the_worst_first():
    nearly = np.where(NOISE < 0.05, 1 - BAD, BAD).astype(float)

    with pytest.raises(UserError, match=r"these do: second \(1\.000\), first \(0\.9"):
        check_leaks(data_with(first=nearly, second=BAD.astype(float)), POLICY.implausible_auc, "lender.parquet", SEED)


def test_a_text_of_its_own_for_each_client_is_no_leak():
    # Default rates of its levels are 0 or 1 in sample, and predict nothing out of sample.
    data = data_with(comment=np.array([f"c-{number}" for number in range(600)], dtype=object))

    check_leaks(data, POLICY.implausible_auc, "lender.parquet", SEED)

    assert feature_aucs(data, SEED)[data.features.names.index("comment")] == pytest.approx(0.5, abs=0.06)


def test_what_tells_much_is_no_leak():
    data = training_data(lender_table(clients=5_000), np.ones(5_000, bool), POLICY)

    check_leaks(data, POLICY.implausible_auc, "lender.parquet", SEED)

    aucs = dict(zip(data.features.names, feature_aucs(data, SEED), strict=True))
    assert max(aucs, key=aucs.get) == "income"  # it determines the risk of the lender's clients
    assert 0.6 < aucs["income"] < 0.8


@pytest.mark.slow
def test_training_on_a_leak_registers_nothing():
    leaking = lender_table(collected=np.where(BAD == 1, 1000 * NOISE, 0.0))

    with pytest.raises(UserError, match=r"these do: collected \("):
        train(leaking, "leaking", Settings(), POLICY)

    assert not MlflowClient().search_model_versions("name = 'leaking'")
