"""Figures of each family's out-of-fold predictions, and paired differences from the best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from custom_model.costs import Costs, is_refused
from steps.comparison.folds import FamilyFolds
from steps.quality.bootstrap import Interval
from steps.quality.calibration import NoRanking, cross_calibrated
from steps.quality.figures import accuracy, business_score, calibration_error, calibration_noise, realised_cost
from steps.quality.thresholds import cross_tuned

CONFIDENCE = 0.95


@dataclass(frozen=True)
class FamilyFigures:
    """Figures of one family.

    `by_fold` has a row per fold and a column per figure. `calibration_error` and `calibrated_error` cover all clients,
    before and after Platt scaling, as a fold is too small to tell them from noise: perfectly calibrated probabilities
    stay under `calibration_noise` 95 times in 100.
    """

    name: str
    folds: FamilyFolds
    by_fold: pd.DataFrame
    calibration_error: float
    calibrated_error: float
    calibration_noise: float

    @property
    def figures(self) -> dict[str, float]:
        """Mean over the folds of each figure, and the figures of all clients."""
        return {
            **self.by_fold.mean().to_dict(),
            "calibration_error": self.calibration_error,
            "calibrated_error": self.calibrated_error,
            "calibration_noise": self.calibration_noise,
            "fit_seconds": self.folds.fit_seconds,
            "predict_seconds": self.folds.predict_seconds,
        }

    @property
    def deviations(self) -> dict[str, float]:
        """Standard deviation over the folds of each figure."""
        return self.by_fold.std(ddof=1).to_dict()


@dataclass(frozen=True)
class Difference:
    """A figure of one family minus another's on the same folds, with a 95 % interval."""

    mean: float
    deviation: float
    interval: Interval


def compare_family(
    name: str, folds: FamilyFolds, target: np.ndarray, costs: Costs, bootstraps: int, seed: int
) -> FamilyFigures:
    """All figures of a family; `target` is (rows,), in the order of the folds' rows.

    AUC, average precision, Brier score and log loss are of the raw probabilities. Costs are at the closed-form
    threshold, before (`cost_raw`) and after Platt scaling (`cost`), and at the cheapest threshold of the other folds
    (`cost_tuned`). The business score is that of `cost`.
    """
    raw = expit(folds.log_odds)
    calibrated = _calibrated(folds, target)
    tuned = cross_tuned(raw, target, folds.fold, costs)
    cost = {
        "cost": realised_cost(is_refused(calibrated, costs.threshold), target, costs),
        "cost_raw": realised_cost(is_refused(raw, costs.threshold), target, costs),
        "cost_tuned": realised_cost(is_refused(raw, tuned), target, costs),
    }
    by_fold = []
    for number in np.unique(folds.fold):
        held = folds.fold == number
        means = {figure: float(each[held].mean()) for figure, each in cost.items()}
        score = business_score(means["cost"], target[held], costs)
        by_fold.append({**accuracy(raw[held], target[held]), **means, "business_score": score})
    return FamilyFigures(
        name,
        folds,
        pd.DataFrame(by_fold),
        calibration_error(raw, target),
        calibration_error(calibrated, target),
        calibration_noise(calibrated, bootstraps, seed),
    )


def best_of(compared: Sequence[FamilyFigures]) -> FamilyFigures:
    """The family with the highest mean AUC, which is less noisy than cost."""
    return max(compared, key=lambda each: each.figures["auc"])


def difference(one: FamilyFigures, other: FamilyFigures, figure: str) -> Difference:
    """`one` minus `other`, fold by fold."""
    return paired((one.by_fold[figure] - other.by_fold[figure]).to_numpy())


def paired(differences: np.ndarray) -> Difference:
    """The mean of (folds,) differences, with the corrected resampled t-interval.

    Folds share most of their training rows, so that their differences vary less than those of independent models.
    Nadeau and Bengio (2003, Inference for the generalization error, Machine Learning 52) therefore add the ratio of
    held to training rows to the 1/k of the variance of a mean. Five folds with a deviation of 0.010 give
    2.776 x 0.010 x sqrt(1/5 + 1/4) = 0.0186 each way.
    """
    from scipy.stats import t

    folds = len(differences)
    mean, deviation = float(differences.mean()), float(differences.std(ddof=1))
    half = float(t.ppf((1 + CONFIDENCE) / 2, folds - 1)) * deviation * np.sqrt(1 / folds + 1 / (folds - 1))
    return Difference(mean, deviation, (mean - half, mean + half))


def _calibrated(folds: FamilyFolds, target: np.ndarray) -> np.ndarray:
    """Platt scaling fitted on the other folds; a family no better than chance keeps its probabilities."""
    raw = expit(folds.log_odds)
    if all(np.ptp(raw[folds.fold == number]) == 0 for number in np.unique(folds.fold)):
        return raw
    try:
        return cross_calibrated(folds.log_odds, target, folds.fold)
    except NoRanking:
        return raw
