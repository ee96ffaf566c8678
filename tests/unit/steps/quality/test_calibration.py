"""Platt scaling: from a booster's log-odds to probabilities."""

import numpy as np
import pytest
from scipy.special import expit

from custom_model.scorecard import Calibration
from custom_model.scorer import sigmoid
from steps.quality.calibration import calibrated, cross_calibrated, fit_calibration
from steps.run.console import UserError


@pytest.fixture(scope="module")
def overconfident():
    """Log-odds that are twice the true ones, and one too high."""
    generator = np.random.default_rng(5)
    truth = generator.normal(-2, 1, 6_000)
    return 2 * truth + 1, (generator.random(6_000) < expit(truth)).astype(int)


def test_fit_undoes_what_was_done_to_the_true_log_odds(overconfident):
    calibration = fit_calibration(*overconfident)

    # truth = (log_odds - 1) / 2
    assert calibration.slope == pytest.approx(0.5, abs=0.04)
    assert calibration.intercept == pytest.approx(-0.5, abs=0.1)


def test_no_other_calibration_has_a_higher_likelihood(overconfident):
    log_odds, target = overconfident
    best = fit_calibration(log_odds, target)

    def likelihood(slope: float, intercept: float) -> float:
        probability = calibrated(log_odds, Calibration(slope=slope, intercept=intercept))
        return np.log(np.where(target == 1, probability, 1 - probability)).mean()

    for step in (-0.01, 0.01):
        assert likelihood(best.slope, best.intercept) > likelihood(best.slope + step, best.intercept)
        assert likelihood(best.slope, best.intercept) > likelihood(best.slope, best.intercept + step)


def test_calibrated_probabilities_default_on_average_as_often_as_clients_did(overconfident):
    log_odds, target = overconfident

    assert calibrated(log_odds, fit_calibration(log_odds, target)).mean() == pytest.approx(target.mean(), abs=1e-4)


def test_training_and_serving_calibrate_alike(overconfident):
    log_odds, _ = overconfident
    calibration = Calibration(slope=0.7, intercept=-0.2)

    served = [sigmoid(0.7 * value - 0.2) for value in log_odds[:200]]

    assert calibrated(log_odds[:200], calibration).tolist() == pytest.approx(served, rel=1e-12)


def test_a_fold_is_calibrated_on_the_others_alone(overconfident):
    log_odds, target = overconfident
    fold = np.arange(6_000) % 5
    lied = np.where(fold == 2, 1 - target, target)

    true, changed = cross_calibrated(log_odds, target, fold), cross_calibrated(log_odds, lied, fold)

    assert (true[fold == 2] == changed[fold == 2]).all()  # its own outcomes have no say
    assert (true[fold != 2] != changed[fold != 2]).all()


def test_each_fold_gets_the_calibration_fitted_to_the_rest(overconfident):
    log_odds, target = overconfident
    fold = np.arange(6_000) % 3

    rest = fit_calibration(log_odds[fold != 1], target[fold != 1])

    probability = cross_calibrated(log_odds, target, fold)
    np.testing.assert_allclose(probability[fold == 1], calibrated(log_odds[fold == 1], rest))


def test_a_model_no_better_than_chance_cannot_be_calibrated():
    log_odds = np.linspace(-3, 3, 200)
    target = (log_odds < 0).astype(int) ^ (np.arange(200) % 5 == 0)

    with pytest.raises(UserError, match="no better than chance"):
        fit_calibration(log_odds, target)
