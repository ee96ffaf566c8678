"""Out-of-fold predictions: the same folds for all families, and no model scores its training rows."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from steps.comparison import pipelines
from steps.comparison.families import FAMILIES
from steps.training.data import training_data
from steps.training.folds import stratified_folds
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow  # each builds tables or fits models

FOLDS, SEED = 3, 1
CORES = 2


@pytest.fixture(scope="module")
def data():
    return training_data(lender_table(1_500), np.ones(1_500, bool), POLICY)


@pytest.fixture(scope="module")
def by_family(data):
    return {name: family.cross_validate(data, FOLDS, SEED, CORES) for name, family in FAMILIES.items()}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_the_same_folds(data, by_family, name):
    for number, (_, validation) in enumerate(stratified_folds(data.target, FOLDS, SEED)):
        assert (by_family[name].fold[validation] == number).all()


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "dummy"])
def test_risk_is_found_where_it_is(data, by_family, name):
    # The lender's clients default by their income.
    assert roc_auc_score(data.target, by_family[name].log_odds) > 0.6


def test_each_row_is_judged_by_a_pipeline_that_has_not_seen_it(data, by_family):
    for train, validation in stratified_folds(data.target, FOLDS, SEED):
        alone = pipelines.random_forest(data.features, SEED).fit(data.matrix[train], data.target[train])

        expected = alone.predict_proba(data.matrix[validation])[:, 1]
        np.testing.assert_allclose(expit(by_family["random-forest"].log_odds[validation]), expected, atol=2e-6)


def test_the_dummy_tells_nobody_apart_within_a_fold(data, by_family):
    dummy = by_family["dummy"]

    for number in range(FOLDS):
        validation = dummy.fold == number
        others = data.target[~validation].mean()
        np.testing.assert_allclose(expit(dummy.log_odds[validation]), others)


def test_both_boosters_have_one_number_of_rounds_for_all_folds(by_family):
    for name in ("xgboost", "lightgbm"):
        rounds = by_family[name].chosen["rounds"]
        assert len(rounds) == FOLDS
        assert len(set(rounds)) == 1
        assert rounds[0] >= 1


def test_the_ridge_chooses_its_penalty_in_each_fold(by_family):
    chosen = by_family["logistic-regression"].chosen["C"]

    assert len(chosen) == FOLDS
    assert set(chosen) <= set(pipelines.PENALTIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_a_family_took_and_was_given_is_on_record(by_family, name):
    folds = by_family[name]

    assert folds.fit_seconds > 0
    assert folds.predict_seconds > 0
    assert folds.params
    assert all(isinstance(value, bool | int | float | str) for value in folds.params.values())


def test_a_seed_gives_the_same_predictions_again(data, by_family):
    again = FAMILIES["xgboost"].cross_validate(data, FOLDS, SEED, CORES)

    assert again.log_odds.tobytes() == by_family["xgboost"].log_odds.tobytes()
