"""Calibration: from a booster's log-odds to calibrated probabilities."""

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from custom_model.scorecard import Calibration
from steps.run.console import UserError


class NoRanking(UserError):
    """Log-odds that rank clients no better than chance: a calibration would turn the order round."""


def platt(log_odds: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the maximum-likelihood logistic line through (rows,) log-odds and their outcomes."""
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(log_odds.reshape(-1, 1), target)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def fit_calibration(log_odds: np.ndarray, target: np.ndarray) -> Calibration:
    """Platt scaling from (rows,) out-of-fold log-odds and outcomes.

    Raises
    ------
    NoRanking
        The log-odds rank clients no better than chance.
    """
    slope, intercept = platt(log_odds, target)
    if slope <= 0:
        raise NoRanking(
            "the model ranks clients no better than chance out of fold: expected features that predict default, and "
            "LightGBM parameters that can use them"
        )
    return Calibration(slope=slope, intercept=intercept)


def calibrated(log_odds: np.ndarray, calibration: Calibration) -> np.ndarray:
    """(rows,) probabilities of default."""
    return expit(calibration.slope * log_odds + calibration.intercept)


def cross_calibrated(log_odds: np.ndarray, target: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(rows,) probabilities, each fold calibrated on the other folds: no row influences its own."""
    probability = np.empty(len(target))
    for number in np.unique(fold):
        held = fold == number
        calibration = fit_calibration(log_odds[~held], target[~held])
        probability[held] = calibrated(log_odds[held], calibration)
    return probability
