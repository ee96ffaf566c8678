"""The threshold in closed form, and the empirical optimum that checks it."""

from dataclasses import dataclass

import numpy as np

from custom_model.costs import Costs, is_refused
from steps.quality.bootstrap import Interval, resamples
from steps.quality.figures import realised_cost

# Percentiles of the resampled optimum, which varies less than the optimum itself: of 60 samples of 8,000 calibrated
# clients, the closed form lay within percentiles 2.5 and 97.5 in 54, within 1 and 99 in 57; of 60 samples whose
# probabilities were half too high, within 1 and 99 in 3.
BAND_PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class ThresholdCheck:
    """Closed form against empirical optimum, with the cost of each per client; they agree within the optimum's band."""

    closed_form: float
    empirical: float
    band: Interval
    cost_closed_form: float
    cost_empirical: float

    @property
    def agree(self) -> bool:
        return self.band[0] <= self.closed_form <= self.band[1]


@dataclass(frozen=True)
class CostCurve:
    """`cost` per client of refusing from each of the ascending `thresholds`, both (thresholds,)."""

    thresholds: np.ndarray
    cost: np.ndarray


def cost_curve(
    probability: np.ndarray, target: np.ndarray, costs: Costs, weights: np.ndarray | None = None
) -> CostCurve:
    """The cost at every threshold that matters: each distinct probability, and one above all of them."""
    order = np.argsort(probability, kind="stable")
    return _curve(probability[order], target[order], costs, None if weights is None else weights[order])


def check_threshold(
    probability: np.ndarray, target: np.ndarray, costs: Costs, bootstraps: int, seed: int
) -> ThresholdCheck:
    """Compare the closed form with the empirical optimum and its bootstrap band."""
    order = np.argsort(probability, kind="stable")
    probability, target = probability[order], target[order]
    optima = [
        _lowest(_curve(probability, target, costs, weights))[0] for weights in resamples(len(target), bootstraps, seed)
    ]
    low, high = np.percentile(optima, BAND_PERCENTILES)
    curve = _curve(probability, target, costs, None)
    empirical, cost_empirical = _lowest(curve)
    cost = realised_cost(is_refused(probability, costs.threshold), target, costs).mean()
    return ThresholdCheck(costs.threshold, empirical, (float(low), float(high)), float(cost), cost_empirical)


def cross_tuned(probability: np.ndarray, target: np.ndarray, fold: np.ndarray, costs: Costs) -> np.ndarray:
    """(rows,) thresholds, each fold's the cheapest on the other folds: no row influences its own."""
    thresholds = np.empty(len(target))
    for number in np.unique(fold):
        validation = fold == number
        thresholds[validation] = _lowest(cost_curve(probability[~validation], target[~validation], costs))[0]
    return thresholds


def _curve(probability: np.ndarray, target: np.ndarray, costs: Costs, weights: np.ndarray | None) -> CostCurve:
    weights = np.ones(len(target)) if weights is None else weights
    missed_defaults = np.concatenate([[0.0], np.cumsum(weights * (target == 1))])
    good = weights * (target == 0)
    refused_good = good.sum() - np.concatenate([[0.0], np.cumsum(good)])
    cost = (costs.false_negative * missed_defaults + costs.false_positive * refused_good) / weights.sum()
    thresholds = np.append(probability, 1.0)
    # Clients of equal probability are refused together: only the first of each run is a threshold.
    first = np.append(True, np.diff(thresholds) > 0)
    return CostCurve(thresholds[first], cost[first])


def _lowest(curve: CostCurve) -> tuple[float, float]:
    position = int(np.argmin(curve.cost))
    return float(curve.thresholds[position]), float(curve.cost[position])
