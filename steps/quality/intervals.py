"""Bootstrap intervals of the figures of quality, in a few passes over the data.

To sort and fit each of 500 resamples of 246,000 clients would take minutes; to weight clients that are sorted and
fitted once takes seconds.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit

from custom_model.costs import Costs
from steps.quality.bootstrap import Interval, resamples
from steps.quality.calibration import platt

Statistic = Callable[[np.ndarray], float]


def bootstrap_intervals(
    probability: np.ndarray, target: np.ndarray, cost: np.ndarray, costs: Costs, bins: int, bootstraps: int, seed: int
) -> dict[str, Interval]:
    """95 % percentile intervals of the figures of quality.

    Parameters
    ----------
    probability
        (rows,) probabilities of default.
    target
        (rows,) outcomes, 1 for a default.
    cost
        (rows,) cost of each client's decision, in the unit of `costs`.
    costs
        Costs of the two errors.
    bins
        Number of groups of the calibration error.
    bootstraps, seed
        Number of resamples, and their seed.

    Returns
    -------
    dict[str, Interval]
        (low, high) by figure. The interval of a small calibration error lies above the error itself, as resampling
        adds noise.
    """
    order = np.argsort(probability, kind="stable")
    probability, target, cost = probability[order], target[order], cost[order]
    slope, intercept = _calibration_line(probability, target)
    statistics: dict[str, Statistic] = {
        "auc": _auc(probability, target),
        "cost": lambda weights: float(weights @ cost / weights.sum()),
        "business_score": _business_score(cost, target, costs),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_error": _calibration_error(probability, target, bins),
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.array(
            [
                [statistic(weights) for statistic in statistics.values()]
                for weights in (sample.astype(np.float64) for sample in resamples(len(target), bootstraps, seed))
            ]
        )
    drawn[~np.isfinite(drawn)] = np.nan  # a resample of few clients may lack defaults
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return {name: (float(low[position]), float(high[position])) for position, name in enumerate(statistics)}


def auc_of_groups(bad: np.ndarray, good: np.ndarray) -> float:
    """The AUC of groups of equal probability.

    Parameters
    ----------
    bad, good
        (groups,) number, or weight, of defaults and of good clients, in ascending order of risk.

    Returns
    -------
    float
        Share of pairs of a default and a good client in which the default has the higher risk; ties count half.
        bad [0, 1] and good [1, 1] give (1 + 1/2) / 2 = 0.75.
    """
    return float(bad @ (np.cumsum(good) - good / 2) / (bad.sum() * good.sum()))


def _auc(probability: np.ndarray, target: np.ndarray) -> Statistic:
    """`auc_of_groups` of weighted clients; `probability` is ascending."""
    first = np.flatnonzero(np.append(True, np.diff(probability) > 0))  # position of each run of equal probabilities
    bad_clients = (target == 1).astype(np.float64)

    def auc(weights: np.ndarray) -> float:
        bad = weights * bad_clients
        good = weights - bad
        if len(first) < len(weights):
            bad, good = np.add.reduceat(bad, first), np.add.reduceat(good, first)
        return auc_of_groups(bad, good)

    return auc


def _calibration_line(probability: np.ndarray, target: np.ndarray) -> tuple[Statistic, Statistic]:
    """Slope and intercept of the logistic line, by one Newton step from the line of all clients.

    For weights close to one, a single step is as accurate as convergence (van der Vaart 1998, section 5.7).
    """
    log_odds = logit(np.clip(probability, 1e-12, 1 - 1e-12))
    line = np.array(platt(log_odds, target))
    fitted = expit(line[0] * log_odds + line[1])
    spread = fitted * (1 - fitted)
    sums = np.column_stack(
        [(target - fitted) * log_odds, target - fitted, spread * log_odds**2, spread * log_odds, spread]
    )

    def step(weights: np.ndarray) -> np.ndarray:
        along, across, xx, x, one = weights @ sums
        return line + np.linalg.pinv([[xx, x], [x, one]]) @ [along, across]

    return lambda weights: float(step(weights)[0]), lambda weights: float(step(weights)[1])


def _calibration_error(probability: np.ndarray, target: np.ndarray, bins: int) -> Statistic:
    edges = np.unique([part[0] for part in np.array_split(np.arange(len(target)), bins) if len(part)])
    distance = probability - target

    def error(weights: np.ndarray) -> float:
        return float(np.abs(np.add.reduceat(weights * distance, edges)).sum() / weights.sum())

    return error


def _business_score(cost: np.ndarray, target: np.ndarray, costs: Costs) -> Statistic:
    paid_and_bad = np.column_stack([cost, target])

    def score(weights: np.ndarray) -> float:
        paid, bad = weights @ paid_and_bad
        simple = min(costs.false_negative * bad, costs.false_positive * (weights.sum() - bad))
        return float(1 - paid / simple)

    return score
