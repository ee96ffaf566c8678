"""LightGBM: folds that have not seen what they judge, and a final booster that repeats itself."""

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custom_model.contract import Contract
from custom_model.features import Features
from steps.boosting import bin_once, cross_validate, fit
from steps.parameters import LEAST_COLUMNS, Parameters
from steps.training_data import TrainingData, training_data
from tests.unit.steps.lender import POLICY, lender_table

QUICK = Parameters(rounds=25, patience=10, learning_rate=0.2, min_data_in_leaf=20)


@pytest.fixture(scope="module")
def data():
    return training_data(lender_table(), np.ones(600, bool), POLICY)


@pytest.fixture(scope="module")
def binned(data):
    return bin_once(data, QUICK, seed=1)


@pytest.fixture(scope="module")
def folds(data, binned):
    return cross_validate(data, binned, QUICK, folds=3, seed=1)


def test_each_row_is_judged_by_a_booster_that_has_not_seen_it_and_has_all_its_rounds(data, binned, folds):
    for number in range(3):
        held = folds.fold == number
        train = binned.subset(np.flatnonzero(~held)).construct()

        # The final fit's parameters on the rows outside the fold, for as many rounds.
        alone = fit(data, train, QUICK, folds.rounds, seed=1)

        assert alone.predict(data.matrix[held], raw_score=True).tolist() == folds.log_odds[held].tolist()


def test_folds_are_of_one_size_and_one_default_rate(data, folds):
    sizes = np.bincount(folds.fold)
    defaults = np.bincount(folds.fold, weights=data.target)

    assert sizes.tolist() == [200, 200, 200]
    assert defaults.max() - defaults.min() <= 1


def test_auc_of_a_fold_is_that_of_its_own_clients(data, folds):
    for number, auc in enumerate(folds.fold_auc):
        held = folds.fold == number
        assert auc == pytest.approx(roc_auc_score(data.target[held], folds.log_odds[held]))


def test_number_of_rounds_is_within_what_was_asked_for(folds):
    assert 1 <= folds.rounds <= QUICK.rounds


def test_risk_is_found_where_it_is(folds):
    assert np.mean(folds.fold_auc) > 0.6  # the lender's clients default by their income


def test_a_seed_gives_the_same_folds_and_trees_again(data, binned, folds):
    again = cross_validate(data, binned, QUICK, folds=3, seed=1)

    assert again.log_odds.tobytes() == folds.log_odds.tobytes()
    assert again.rounds == folds.rounds


def test_the_final_booster_has_as_many_trees_as_asked_for_and_repeats_itself(data, binned):
    first, second = (fit(data, binned, QUICK, 7, seed=1) for _ in range(2))

    assert first.num_trees() == 7
    assert first.model_to_string() == second.model_to_string()


def test_few_columns_are_never_thinned_out_further(data, binned):
    # A tenth of 5 columns would be none; LightGBM gets all of them, as there are fewer than LEAST_COLUMNS.
    assert fit(data, binned, QUICK, 1, seed=1).params["feature_fraction"] == 1.0


@pytest.mark.parametrize(("columns", "fraction"), [(24, LEAST_COLUMNS / 24), (500, 0.1)])
def test_a_tree_looks_at_a_share_of_many_columns(columns, fraction):
    names = tuple(f"n{number}" for number in range(columns))
    matrix = np.random.default_rng(0).random((40, columns))
    data = TrainingData(Features(Contract(id="id", numeric=names, categories={})), matrix, np.arange(40) % 2)

    booster = fit(data, bin_once(data, Parameters(), seed=1), Parameters(), 1, seed=1)

    assert booster.params["feature_fraction"] == pytest.approx(fraction)


def test_names_that_lightgbm_forbids_are_replaced_and_stay_apart():
    names = ("a,b", "a:b", "a_b_", "é", "plain")
    matrix = np.random.default_rng(0).random((40, 5))
    data = TrainingData(Features(Contract(id="id", numeric=names, categories={})), matrix, np.arange(40) % 2)

    binned = bin_once(data, Parameters(), seed=1)

    assert isinstance(binned, lgb.Dataset)
    assert len(set(binned.feature_name)) == 5
    assert binned.feature_name[0] == "a_b"
    assert binned.feature_name[4] == "plain"


def test_categories_are_split_as_categories(data, binned):
    places = {data.features.names[column] for column in binned.categorical_feature}

    assert places == {"job", "sex"}
