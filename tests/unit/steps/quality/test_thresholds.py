"""The threshold in closed form and on the data, against brute force and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

from custom_model.costs import Costs
from steps.quality.thresholds import ThresholdCheck, check_threshold, cost_curve, cross_tuned

COSTS = Costs(false_negative=10, false_positive=1)
# Few distinct values, so that ties and certainties are common.
risks = st.floats(0, 1) | st.sampled_from([0.0, 0.05, 1 / 11, 0.5, 1.0])
clients = st.lists(st.tuples(risks, st.integers(0, 1), st.integers(0, 3)), min_size=1, max_size=25)


def cost_at(threshold: float, probability, target, weights=None) -> float:
    """Client by client: a default granted costs 10, a good client refused 1."""
    weights = np.ones(len(target)) if weights is None else weights
    total = 0.0
    for p, y, w in zip(probability, target, weights, strict=True):
        refused = p >= threshold
        total += w * (10 if not refused and y == 1 else 1 if refused and y == 0 else 0)
    return total / sum(weights)


@pytest.fixture(scope="module")
def calibrated():
    """5,000 clients who default exactly as often as their probabilities predict."""
    generator = np.random.default_rng(3)
    probability = generator.beta(1, 8, 5_000)
    return probability, (generator.random(5_000) < probability).astype(int)


def test_a_curve_of_four_clients_worked_out_by_hand():
    curve = cost_curve(np.array([0.4, 0.1, 0.4, 0.2]), np.array([1, 0, 0, 1]), COSTS)

    assert curve.thresholds.tolist() == [0.1, 0.2, 0.4, 1.0]
    # All refused: two good lost. From 0.2: one good. From 0.4: a default, one good. All granted: two defaults.
    assert curve.cost.tolist() == [2 / 4, 1 / 4, 11 / 4, 20 / 4]


@given(clients)
def test_every_point_of_the_curve_is_the_cost_of_deciding_there(drawn):
    probability, target, _ = (np.array(column) for column in zip(*drawn, strict=True))

    curve = cost_curve(probability, target, COSTS)

    assert curve.cost.tolist() == pytest.approx([cost_at(t, probability, target) for t in curve.thresholds])
    assert set(probability) | {1.0} == set(curve.thresholds)
    assert (np.diff(curve.thresholds) > 0).all()


@given(clients.filter(lambda drawn: any(weight for *_, weight in drawn)))
def test_a_client_of_weight_three_counts_as_three_clients(drawn):
    probability, target, weights = (np.array(column) for column in zip(*drawn, strict=True))

    curve = cost_curve(probability, target, COSTS, weights)

    expected = [cost_at(t, np.repeat(probability, weights), np.repeat(target, weights)) for t in curve.thresholds]
    assert curve.cost.tolist() == pytest.approx(expected)


@given(clients)
def test_no_threshold_at_all_is_cheaper_than_the_curves_lowest(drawn):
    probability, target, _ = (np.array(column) for column in zip(*drawn, strict=True))

    lowest = cost_curve(probability, target, COSTS).cost.min()

    assert lowest <= min(cost_at(t, probability, target) for t in np.linspace(0, 1, 41)) + 1e-12


class Foretold(ClassifierMixin, BaseEstimator):
    """A classifier whose probability is its only feature."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 0], X[:, 0]])

    def predict(self, X):
        return (X[:, 0] >= 0.5).astype(int)


def test_the_lowest_cost_is_where_scikit_learn_tunes_the_threshold_to(calibrated):
    probability, target = (column[:800] for column in calibrated)
    curve = cost_curve(probability, target, COSTS)
    scorer = make_scorer(lambda y, refused: -np.where(y == 1, 10 * (1 - refused), refused).mean())
    features = probability.reshape(-1, 1)
    tuned = TunedThresholdClassifierCV(
        Foretold().fit(features, target), scoring=scorer, thresholds=curve.thresholds, cv="prefit", refit=False
    ).fit(features, target)

    check = check_threshold(probability, target, COSTS, bootstraps=100, seed=0)

    assert check.empirical == pytest.approx(tuned.best_threshold_)
    assert check.cost_empirical == pytest.approx(-tuned.best_score_)


def test_closed_form_is_one_eleventh_for_costs_10_and_1_and_agrees_with_calibrated_clients(calibrated):
    check = check_threshold(*calibrated, COSTS, bootstraps=200, seed=0)

    assert check.closed_form == pytest.approx(1 / 11)
    assert check.agree
    assert check.cost_closed_form == pytest.approx(cost_at(1 / 11, *calibrated))
    assert check.cost_empirical <= check.cost_closed_form


@pytest.mark.parametrize("factor", [0.3, 3.0], ids=["too low", "too high"])
def test_probabilities_that_are_off_by_a_factor_do_not_agree(calibrated, factor):
    probability, target = calibrated

    assert not check_threshold(np.clip(factor * probability, 0, 1), target, COSTS, bootstraps=200, seed=0).agree


def test_the_check_does_not_depend_on_the_order_of_clients_and_repeats_itself(calibrated):
    probability, target = (column[:500] for column in calibrated)
    unique = np.unique(probability, return_index=True)[1]
    probability, target = probability[unique], target[unique]
    shuffled = np.random.default_rng(1).permutation(len(target))

    checks = {
        check_threshold(probability, target, COSTS, bootstraps=50, seed=4),
        check_threshold(probability, target, COSTS, bootstraps=50, seed=4),
        check_threshold(probability[shuffled], target[shuffled], COSTS, bootstraps=50, seed=4),
    }

    assert len(checks) == 1


@pytest.mark.parametrize(
    ("band", "agree"), [((0.05, 0.2), True), ((0.1, 0.2), True), ((0.11, 0.2), False), ((0.01, 0.09), False)]
)
def test_agreement_is_the_closed_form_within_the_band(band, agree):
    check = ThresholdCheck(closed_form=0.1, empirical=0.1, band=band, cost_closed_form=1.0, cost_empirical=1.0)

    assert check.agree is agree


def test_a_folds_threshold_is_the_cheapest_on_the_other_folds():
    generator = np.random.default_rng(4)
    probability = generator.beta(1, 6, 90).round(2)
    target = (generator.random(90) < probability).astype(int)
    fold = np.arange(90) % 3

    thresholds = cross_tuned(probability, target, fold, COSTS)

    for number in range(3):
        validation, others = fold == number, fold != number
        (chosen,) = set(thresholds[validation])
        costs = [cost_at(each, probability[others], target[others]) for each in [*probability[others], 1.0]]
        assert cost_at(chosen, probability[others], target[others]) == pytest.approx(min(costs))


def test_a_client_has_no_say_in_the_threshold_of_their_own_fold():
    generator = np.random.default_rng(4)
    probability, fold = generator.beta(1, 6, 90), np.arange(90) % 3
    target = (generator.random(90) < probability).astype(int)
    changed = np.where(fold == 0, 1 - target, target)

    before, after = (cross_tuned(probability, each, fold, COSTS) for each in (target, changed))

    assert (before[fold == 0] == after[fold == 0]).all()
    assert (before[fold == 1] != after[fold == 1]).all()
