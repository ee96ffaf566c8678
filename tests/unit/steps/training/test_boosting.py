"""LightGBM: folds score rows outside their training, and the final booster is reproducible."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steps.tables.feature_table import FeatureTable
from steps.training.binning import bin_folds, bin_rows
from steps.training.boosting import Watch, _peak, cross_validate, fit
from steps.training.data import TrainingData, training_data
from steps.training.parameters import Parameters
from tests.unit.steps.lender import POLICY, lender_table

QUICK = Parameters(rounds=25, patience=10, learning_rate=0.2, min_data_in_leaf=20)


@pytest.fixture(scope="module")
def data():
    return training_data(lender_table(), np.ones(600, bool), POLICY)


@pytest.fixture(scope="module")
def binned_folds(data):
    return bin_folds(data, QUICK, limit=0, folds=3, seed=1, cores=2)


@pytest.fixture(scope="module")
def folds(binned_folds):
    return cross_validate(binned_folds, QUICK, seed=1, cores=2)


def test_each_row_is_judged_by_a_booster_that_has_not_seen_it_and_has_all_its_rounds(data, folds):
    for number in range(3):
        validation = folds.fold == number
        train = bin_rows(data, QUICK, limit=0, seed=1, rows=np.flatnonzero(~validation))

        # The parameters of the final fit on the rows outside the fold, with the same number of rounds.
        alone = fit(train.data, QUICK, folds.rounds, seed=1, cores=2)

        assert alone.predict(data.matrix[validation], raw_score=True).tolist() == folds.log_odds[validation].tolist()


def test_folds_are_of_one_size_and_one_default_rate(data, folds):
    sizes = np.bincount(folds.fold)
    defaults = np.bincount(folds.fold, weights=data.target)

    assert sizes.tolist() == [200, 200, 200]
    assert defaults.max() - defaults.min() <= 1


def test_auc_of_a_fold_is_that_of_its_own_clients(data, folds):
    for number, auc in enumerate(folds.fold_auc):
        validation = folds.fold == number
        assert auc == pytest.approx(roc_auc_score(data.target[validation], folds.log_odds[validation]))


def test_number_of_rounds_is_within_what_was_asked_for(folds):
    assert 1 <= folds.rounds <= QUICK.rounds


def test_no_other_number_of_rounds_up_to_the_end_gives_a_better_mean(data, binned_folds, folds):
    boosters = [fit(fold.train, QUICK, QUICK.rounds, seed=1, cores=2) for fold in binned_folds]
    means = [
        np.mean(
            [
                roc_auc_score(fold.target, booster.predict(fold.matrix, num_iteration=rounds))
                for fold, booster in zip(binned_folds, boosters, strict=True)
            ]
        )
        for rounds in range(1, min(QUICK.rounds, folds.rounds + QUICK.patience) + 1)
    ]

    assert folds.rounds == int(np.argmax(means)) + 1


@pytest.mark.parametrize(
    ("means", "patience", "rounds", "expected"),
    [
        ([0.5, 0.6, 0.7], 2, 9, (2, False)),
        ([0.5, 0.7, 0.6, 0.6], 2, 9, (1, True)),
        ([0.5, 0.7, 0.6], 2, 9, (1, False)),
        ([0.5, 0.7, 0.6], 2, 3, (1, True)),
        ([0.5, 0.7, 0.6, 0.6, 0.9], 2, 9, (1, True)),  # rounds after the end are ignored
        ([0.7, 0.7, 0.7], 2, 9, (0, True)),  # an equal mean is no improvement
    ],
)
def test_the_end_comes_when_the_mean_has_not_risen_for_as_long_as_patience_lasts(means, patience, rounds, expected):
    assert _peak(np.array(means), Parameters(patience=patience, rounds=rounds)) == expected


@pytest.mark.parametrize(("rounds", "stops"), [(300, True), (3, False)])
def test_a_progress_bar_that_ends_before_its_end_says_that_the_growth_stopped_and_why(
    rounds, stops, binned_folds, capsys
):
    found = cross_validate(binned_folds, QUICK.model_copy(update={"rounds": rounds}), seed=1, cores=2)

    closing = capsys.readouterr().err.splitlines()[-1]
    assert (f" rounds: no better for 10 than after {found.rounds}" in closing) is stops
    assert ("stopped after " in closing) is stops


def test_a_watched_cross_validation_adds_fold_after_fold_and_comes_to_the_same(binned_folds, folds):
    reports: list[tuple[int, float]] = []

    watched = cross_validate(
        binned_folds, QUICK, seed=1, cores=2, watch=Watch(lambda: None, lambda *report: reports.append(report))
    )

    assert [number for number, _ in reports] == list(range(2, len(binned_folds)))
    assert all(0.5 < auc < 1 for _, auc in reports)
    assert watched.fold_auc == folds.fold_auc
    assert watched.rounds == folds.rounds
    np.testing.assert_array_equal(watched.log_odds, folds.log_odds)


def test_a_watcher_may_give_a_cross_validation_up_as_it_grows(binned_folds):
    def abandon() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        cross_validate(binned_folds, QUICK, seed=1, cores=2, watch=Watch(abandon, lambda *_: None))


def test_cross_validations_in_threads_on_shared_folds_give_what_each_gives_alone(binned_folds, folds):
    other = QUICK.model_copy(update={"num_leaves": 5})
    alone = cross_validate(binned_folds, other, seed=1, cores=2)

    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda params: cross_validate(binned_folds, params, 1, cores=1), [QUICK, other] * 4))

    for index, grown in enumerate(at_once):
        np.testing.assert_array_equal(grown.log_odds, (folds, alone)[index % 2].log_odds)
    assert not np.array_equal(folds.log_odds, alone.log_odds)


def test_risk_is_found_where_it_is(folds):
    assert np.mean(folds.fold_auc) > 0.6  # the lender's clients default by their income


def test_a_seed_gives_the_same_folds_and_trees_again(data, folds):
    again = cross_validate(bin_folds(data, QUICK, limit=0, folds=3, seed=1, cores=2), QUICK, seed=1, cores=2)

    assert again.log_odds.tobytes() == folds.log_odds.tobytes()
    assert again.rounds == folds.rounds


def test_the_final_booster_has_as_many_trees_as_asked_for_and_repeats_itself(data):
    binned = bin_rows(data, QUICK, limit=0, seed=1).data
    first, second = (fit(binned, QUICK, 7, seed=1, cores=2) for _ in range(2))

    assert first.num_trees() == 7
    assert first.model_to_string() == second.model_to_string()


def directed(**directions: str) -> TrainingData:
    """Clients whose risk falls with income, and rises and falls with age."""
    table = lender_table(2_000)
    age = table.frame["age"]
    risk = np.where((age > 35) & (age < 50), 0.5, 0.15)
    table.frame["bad"] = (np.random.default_rng(5).random(2_000) < risk).astype(int)
    lineage = table.lineage.model_copy(update={"directions": directions})
    return training_data(FeatureTable(table.frame, lineage, table.path), np.ones(2_000, bool), POLICY)


def risks_by_age(data: TrainingData) -> np.ndarray:
    """(folds + 1, ages) log-odds of the boosters of the folds and of the final one, as age alone moves."""
    age = data.features.names.index("age")
    clients = np.repeat(data.matrix[:1], 50, axis=0)
    clients[:, age] = np.linspace(20, 70, 50)
    folds = bin_folds(data, QUICK, limit=0, folds=3, seed=1, cores=2)
    boosters = [fit(fold.train, QUICK, 20, seed=1, cores=2) for fold in folds]
    boosters.append(fit(bin_rows(data, QUICK, limit=3, seed=1).data, QUICK, 20, seed=1, cores=2))
    columns = [*(fold.columns for fold in folds), bin_rows(data, QUICK, limit=3, seed=1).columns]
    return np.array(
        [each.predict(clients[:, place], raw_score=True) for each, place in zip(boosters, columns, strict=True)]
    )


@pytest.mark.parametrize(("direction", "sign"), [("increasing", 1), ("decreasing", -1)])
def test_the_risk_moves_with_a_field_in_the_direction_of_its_description_alone(direction, sign):
    steps = np.diff(risks_by_age(directed(age=direction)))

    assert (sign * steps >= 0).all()
    assert (steps != 0).any()


def test_a_field_without_a_direction_is_learned_freely():
    steps = np.diff(risks_by_age(directed(past_loans="increasing")))

    assert (steps > 0).any()
    assert (steps < 0).any()


def test_cross_validation_keeps_the_direction():
    data = directed(age="increasing")
    free, held = (
        cross_validate(bin_folds(each, QUICK, limit=0, folds=3, seed=1, cores=2), QUICK, seed=1, cores=2)
        for each in (directed(), data)
    )

    # Age tells the risk, but not by rising: the folds cannot use it where they must not.
    assert np.mean(free.fold_auc) > np.mean(held.fold_auc) + 0.05


def test_each_booster_of_a_bag_keeps_the_direction():
    data = directed(age="increasing")
    whole = bin_rows(data, QUICK, limit=0, seed=1)

    part = whole.data.subset(list(range(0, 2_000, 2))).construct()

    age = data.features.names.index("age")
    clients = np.repeat(data.matrix[:1], 50, axis=0)
    clients[:, age] = np.linspace(20, 70, 50)
    steps = np.diff(fit(part, QUICK, 20, seed=1, cores=2).predict(clients, raw_score=True))
    assert (steps >= 0).all()
    assert (steps > 0).any()
