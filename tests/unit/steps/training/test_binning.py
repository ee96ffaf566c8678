"""Binned data: columns and bins depend on the training rows alone."""

import numpy as np
import pytest

from custom_model.contract import Contract
from custom_model.features import Features
from steps.training.binning import bin_folds, bin_folds_and_all, bin_rows
from steps.training.boosting import fit
from steps.training.data import TrainingData, training_data
from steps.training.parameters import MIN_COLUMNS, Parameters
from tests.unit.steps.lender import POLICY, lender_table

PARAMETERS = Parameters(min_data_in_leaf=20)


def numbers(matrix: np.ndarray, target: np.ndarray, names: tuple[str, ...] | None = None) -> TrainingData:
    names = names or tuple(f"n{column}" for column in range(matrix.shape[1]))
    return TrainingData(Features(Contract(id="id", numeric=names, categories={})), matrix, target)


def planted(rows: int = 900, columns: int = 12, predictors: tuple[int, ...] = (2, 7)) -> TrainingData:
    """Noise, and columns that predict the target."""
    generator = np.random.default_rng(4)
    matrix = generator.standard_normal((rows, columns))
    risk = 1 / (1 + np.exp(1 - 2 * matrix[:, list(predictors)].sum(axis=1)))
    return numbers(matrix, (generator.random(rows) < risk).astype(int))


def test_the_columns_that_tell_the_target_are_chosen():
    assert bin_rows(planted(), PARAMETERS, limit=2, seed=1).columns.tolist() == [2, 7]


def test_no_limit_leaves_all_columns():
    assert bin_rows(planted(), PARAMETERS, limit=0, seed=1).columns.tolist() == list(range(12))
    assert bin_rows(planted(), PARAMETERS, limit=12, seed=1).columns.tolist() == list(range(12))


def test_a_column_that_tells_nothing_is_left_out_though_there_is_room():
    data = planted()
    data.matrix[:, 5] = 1.0

    assert 5 not in bin_rows(data, PARAMETERS, limit=11, seed=1).columns


def test_held_rows_have_no_say_in_bins_or_columns():
    data = planted()
    folds = bin_folds(data, PARAMETERS, limit=2, folds=3, seed=1, cores=2)
    validation = folds[0].rows
    changed = TrainingData(data.features, data.matrix.copy(), data.target)
    # A leak among the validation rows only: a choice that used them would choose it.
    changed.matrix[validation, 11] = 100.0 * data.target[validation]

    again = bin_folds(changed, PARAMETERS, limit=2, folds=3, seed=1, cores=2)[0]

    trees = [fit(fold.train, PARAMETERS, 5, seed=1, cores=2).model_to_string() for fold in (folds[0], again)]
    assert again.rows.tolist() == validation.tolist()
    assert trees[0] == trees[1]
    assert again.train.feature_name == ["n2", "n7"]


def test_the_folds_part_the_rows_and_hold_their_own_values():
    data = planted()
    folds = bin_folds(data, PARAMETERS, limit=2, folds=3, seed=1, cores=2)

    assert sorted(np.concatenate([fold.rows for fold in folds]).tolist()) == list(range(900))
    for fold in folds:
        assert fold.target.tolist() == data.target[fold.rows].tolist()
        assert fold.matrix.tolist() == data.matrix[np.ix_(fold.rows, [2, 7])].tolist()
        assert fold.train.num_data() == 600


def test_all_rows_beside_the_folds_give_the_trees_that_each_gives_alone():
    data = planted()
    folds, everything = bin_folds_and_all(data, PARAMETERS, limit=2, folds=3, seed=1, cores=2)
    alone = bin_folds(data, PARAMETERS, limit=2, folds=3, seed=1, cores=2)

    def trees(binned) -> str:
        return fit(binned, PARAMETERS, 5, seed=1, cores=2).model_to_string()

    assert everything.columns.tolist() == [2, 7]
    assert trees(everything.data) == trees(bin_rows(data, PARAMETERS, limit=2, seed=1).data)
    assert [trees(fold.train) for fold in folds] == [trees(fold.train) for fold in alone]


def test_every_dataset_says_that_it_wants_one_thread_of_lightgbm():
    # Without the parameter, a dataset sets the process to all cores while other folds are binned.
    for fold in bin_folds(planted(), PARAMETERS, limit=2, folds=3, seed=1, cores=2):
        assert fold.train.params["num_threads"] == fold.validation.params["num_threads"] == 1


def test_few_columns_are_never_thinned_out_further():
    binned = bin_rows(planted(columns=8), PARAMETERS, limit=0, seed=1).data

    # A tenth of 8 columns would be one; LightGBM gets all 8, which are fewer than MIN_COLUMNS.
    assert fit(binned, PARAMETERS, 1, seed=1, cores=2).params["feature_fraction"] == 1.0


@pytest.mark.parametrize(("columns", "fraction"), [(24, MIN_COLUMNS / 24), (500, 0.1)])
def test_a_tree_looks_at_a_share_of_many_columns(columns, fraction):
    data = numbers(np.random.default_rng(0).random((40, columns)), np.arange(40) % 2)

    booster = fit(bin_rows(data, Parameters(), limit=0, seed=1).data, Parameters(), 1, seed=1, cores=2)

    assert booster.params["feature_fraction"] == pytest.approx(fraction)


def test_names_that_lightgbm_forbids_are_replaced_and_stay_apart():
    data = numbers(np.random.default_rng(0).random((40, 5)), np.arange(40) % 2, ("a,b", "a:b", "a_b_", "é", "plain"))

    binned = bin_rows(data, Parameters(), limit=0, seed=1).data

    assert len(set(binned.feature_name)) == 5
    assert binned.feature_name[0] == "a_b"
    assert binned.feature_name[4] == "plain"


@pytest.mark.parametrize("most", [0, 4])
def test_categories_are_split_as_categories(most):
    data = training_data(lender_table(), np.ones(600, bool), POLICY)

    binned = bin_rows(data, PARAMETERS, limit=most, seed=1)

    chosen = [data.features.names[column] for column in binned.columns]
    assert {chosen[position] for position in binned.data.categorical_feature} == {"job", "sex"} & set(chosen)
    assert {"job", "sex"} & set(chosen)
