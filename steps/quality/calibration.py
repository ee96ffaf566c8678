"""Calibration: from a booster's log-odds to calibrated probabilities."""

import numpy as np
from scipy.special import expit

from custom_model.scorecard import Calibration
from steps.run.console import UserError


class NoRanking(UserError):
    """Log-odds that rank clients no better than chance: a calibration would turn the order round."""


def platt(log_odds: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Platt scaling without its check: the maximum-likelihood logistic line.

    Parameters
    ----------
    log_odds, target
        (rows,) raw scores and outcomes, 1 for a default.

    Returns
    -------
    tuple
        Slope and intercept; (1, 0) for calibrated log-odds.
    """
    from sklearn.linear_model import LogisticRegression

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
    """(rows,) calibrated probabilities of default from raw log-odds: expit(slope * log-odds + intercept)."""
    return expit(calibration.slope * log_odds + calibration.intercept)


def cross_calibrated(log_odds: np.ndarray, target: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Calibrated out-of-fold probabilities: each fold is calibrated on the other folds, so no row influences its own.

    Parameters
    ----------
    log_odds, target, fold
        (rows,) raw out-of-fold scores, outcomes, and the number of the fold that held the row out.

    Returns
    -------
    ndarray
        (rows,) probabilities of default.

    Raises
    ------
    NoRanking
        The log-odds of some folds rank clients no better than chance.
    """
    probability = np.empty(len(target))
    for number in np.unique(fold):
        held = fold == number
        calibration = fit_calibration(log_odds[~held], target[~held])
        probability[held] = calibrated(log_odds[held], calibration)
    return probability
