"""LightGBM: parameters as the user gives them, folds that have not seen what they judge."""

import json

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custom_model.contract import Contract
from custom_model.features import Features
from steps.boosting import DEFAULTS, LEAST_COLUMNS, bin_once, cross_validate, fit, read_params
from steps.console import UserError
from steps.training_data import TrainingData, training_data
from tests.unit.steps.lender import POLICY, lender_table

QUICK = {**DEFAULTS, "rounds": 25, "patience": 10, "learning_rate": 0.2, "min_data_in_leaf": 20}


@pytest.fixture(scope="module")
def data():
    return training_data(lender_table(), np.ones(600, bool), POLICY)


@pytest.fixture(scope="module")
def binned(data):
    return bin_once(data, QUICK, seed=1)


@pytest.fixture(scope="module")
def folds(data, binned):
    return cross_validate(data, binned, QUICK, folds=3, seed=1)


def test_without_a_word_the_defaults_are_taken():
    assert read_params("") == DEFAULTS
    assert read_params("") is not DEFAULTS


@pytest.mark.parametrize("spec", ['{"num_leaves": 31}', '  {"num_leaves": 31}'])
def test_a_json_object_changes_what_it_names(spec):
    assert read_params(spec) == {**DEFAULTS, "num_leaves": 31}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("params.json", '{"num_leaves": 31, "path_smooth": 1.5}'),
        ("params.yaml", "num_leaves: 31\npath_smooth: 1.5\n"),
        ("params", '{"num_leaves": 31, "path_smooth": 1.5}'),
    ],
)
def test_a_file_changes_what_it_names(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    assert read_params(str(tmp_path / name)) == {**DEFAULTS, "num_leaves": 31, "path_smooth": 1.5}


@pytest.mark.parametrize(
    "spec", ["{num_leaves: 31}", '{"num_leaves": }', "[1]", "nowhere.json", "runs:/0000/params.json"]
)
def test_what_cannot_be_read_is_named(spec):
    with pytest.raises(UserError) as error:
        read_params(spec)

    assert str(error.value).startswith(f"params: {spec} cannot be read: ")


@pytest.mark.parametrize(("text", "kind"), [("- 1\n", "list"), ("", "NoneType"), ("31", "int"), ('"a"', "str")])
def test_a_file_that_holds_no_object_is_told_what_it_holds(tmp_path, text, kind):
    (tmp_path / "params.yaml").write_text(text)

    with pytest.raises(UserError, match=f"expected an object of LightGBM parameters, got {kind}"):
        read_params(str(tmp_path / "params.yaml"))


@pytest.mark.parametrize(
    "name",
    ["objective", "metric", "deterministic", "force_row_wise", "verbosity", "scale_pos_weight", "is_unbalance"],
)
def test_what_calibration_or_determinism_rests_on_cannot_be_changed(name):
    with pytest.raises(UserError, match=f"params: {name} cannot be changed"):
        read_params(json.dumps({name: 1}))


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
    assert 1 <= folds.rounds <= QUICK["rounds"]


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

    booster = fit(data, bin_once(data, DEFAULTS, seed=1), DEFAULTS, 1, seed=1)

    assert booster.params["feature_fraction"] == pytest.approx(fraction)


def test_names_that_lightgbm_forbids_are_replaced_and_stay_apart():
    names = ("a,b", "a:b", "é", "plain")
    matrix = np.random.default_rng(0).random((40, 4))
    data = TrainingData(Features(Contract(id="id", numeric=names, categories={})), matrix, np.arange(40) % 2)

    binned = bin_once(data, DEFAULTS, seed=1)

    assert isinstance(binned, lgb.Dataset)
    assert len(set(binned.feature_name)) == 4
    assert binned.feature_name[0] == "a_b"
    assert binned.feature_name[3] == "plain"


def test_categories_are_split_as_categories(data, binned):
    places = {data.features.names[column] for column in binned.categorical_feature}

    assert places == {"job", "sex"}
