"""Calibration: from a booster's log-odds to probabilities that can be taken at their word."""

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from custom_model.scorecard import Calibration


def fit_calibration(log_odds: np.ndarray, target: np.ndarray) -> Calibration:
    """Platt scaling by maximum likelihood, from (rows,) out-of-fold log-odds and their outcome."""
    model = LogisticRegression(C=np.inf).fit(log_odds.reshape(-1, 1), target)
    return Calibration(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def calibrated(log_odds: np.ndarray, calibration: Calibration) -> np.ndarray:
    """(rows,) probabilities of default."""
    return expit(calibration.slope * log_odds + calibration.intercept)


def cross_calibrated(log_odds: np.ndarray, target: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(rows,) probabilities, each fold calibrated on the others: no row has a say in its own."""
    probability = np.empty(len(target))
    for number in np.unique(fold):
        held = fold == number
        calibration = fit_calibration(log_odds[~held], target[~held])
        probability[held] = calibrated(log_odds[held], calibration)
    return probability
