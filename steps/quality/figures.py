"""Figures of probabilities and decisions, each with its sampling noise."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from custom_model.costs import Costs
from steps.quality.bootstrap import Interval, one_thread
from steps.quality.calibration import platt
from steps.quality.intervals import bootstrap_intervals

BINS = 10


@dataclass(frozen=True)
class Quality:
    """Figures of one model on one sample of clients.

    Attributes
    ----------
    figures
        By name. `calibration_noise` is the calibration error that perfectly calibrated probabilities stay under in
        95 of 100 samples of this size.
    intervals
        95 % bootstrap intervals of some of the figures, by name.
    """

    figures: dict[str, float]
    intervals: dict[str, Interval]


def measure(
    probability: np.ndarray,
    refused: np.ndarray,
    target: np.ndarray,
    costs: Costs,
    bootstraps: int,
    seed: int,
    referred: np.ndarray | None = None,
) -> Quality:
    """All figures of one model on one sample of clients.

    Parameters
    ----------
    probability
        (rows,) calibrated probabilities of default.
    refused
        (rows,) booleans, the decisions: those of the model, or of `custom_model.costs.is_refused`.
    target
        (rows,) outcomes, 1 for a default.
    costs
        Price of the two errors; costs of the figures are in their unit, for each client.
    bootstraps, seed
        Number of resamples behind each interval, and their seed.
    referred
        (rows,) booleans: the clients referred to a person, as for `realised_cost`.

    Returns
    -------
    Quality
        Costs are means per client in the policy's unit; `refusal_rate` and `default_rate` are shares of the clients.
    """
    with one_thread():
        return _measured(probability, refused, target, costs, bootstraps, seed, referred)


def _measured(
    probability: np.ndarray,
    refused: np.ndarray,
    target: np.ndarray,
    costs: Costs,
    bootstraps: int,
    seed: int,
    referred: np.ndarray | None,
) -> Quality:
    slope, intercept = platt(logit(np.clip(probability, 1e-12, 1 - 1e-12)), target)
    cost = realised_cost(refused, target, costs, referred)
    figures = {
        "clients": float(len(target)),
        "default_rate": float(target.mean()),
        **accuracy(probability, target),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_error": calibration_error(probability, target),
        "calibration_noise": calibration_noise(probability, bootstraps, seed),
        "refusal_rate": float(refused.mean()),
        "cost": float(cost.mean()),
        "expected_cost": float(expected_cost(probability, refused, costs, referred).mean()),
        "business_score": business_score(float(cost.mean()), target, costs),
    }
    return Quality(figures, bootstrap_intervals(probability, target, cost, costs, BINS, bootstraps, seed))


def accuracy(probability: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Figures of (rows,) probabilities that need neither costs nor resampling.

    Returns
    -------
    dict
        `auc`, `average_precision` (both better when higher), `brier` and `log_loss` (both better when lower).
    """
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    return {
        "auc": float(roc_auc_score(target, probability)),
        "average_precision": float(average_precision_score(target, probability)),
        "brier": float(brier_score_loss(target, probability)),
        "log_loss": float(log_loss(target, probability)),
    }


def realised_cost(
    refused: np.ndarray, target: np.ndarray, costs: Costs, referred: np.ndarray | None = None
) -> np.ndarray:
    """The cost of each decision given its outcome.

    Costs of 10 and 1: a granted client who defaults costs 10, a refused good client 1, any other 0. Where a review has
    a cost, a referred client costs that, whatever the outcome: the person is taken to decide rightly.

    Parameters
    ----------
    refused, target
        (rows,) decisions and outcomes: True for refused, 1 for a default.
    costs
        Price of the two errors, and of a review.
    referred
        (rows,) booleans: the clients referred to a person; without a cost of a review, and by default, each counts as
        refused or not.

    Returns
    -------
    ndarray
        (rows,) costs in the policy's unit, never negative.
    """
    cost = np.where(refused, costs.false_positive * (target == 0), costs.false_negative * (target == 1))
    return cost if referred is None or costs.review is None else np.where(referred, costs.review, cost)


def expected_cost(
    probability: np.ndarray, refused: np.ndarray, costs: Costs, referred: np.ndarray | None = None
) -> np.ndarray:
    """The expected cost of each decision, before any outcome is known; right for calibrated probabilities.

    Costs of 10 and 1 at a probability of 0.2: 2.0 if granted, 0.8 if refused.

    Parameters
    ----------
    probability, refused
        (rows,) probabilities of default and decisions.
    costs
        Price of the two errors, and of a review.
    referred
        As for `realised_cost`.

    Returns
    -------
    ndarray
        (rows,) costs in the policy's unit.
    """
    cost = np.where(refused, costs.refused(probability), costs.granted(probability))
    return cost if referred is None or costs.review is None else np.where(referred, costs.review, cost)


def business_score(cost: float, target: np.ndarray, costs: Costs) -> float:
    """Share of the avoidable cost that the decisions avoided: 1 - cost / min(cost of granting all, of refusing all).

    0 is as good as granting or refusing everyone, whichever is cheaper; 1 is perfect; below 0 is worse than no model.
    At a default rate of 0.1 and costs of 10 and 1, refusing all costs 0.9 a client: a cost of 0.45 scores 0.5.

    Parameters
    ----------
    cost
        Mean cost per client of the decisions, in the policy's unit.
    target
        (rows,) outcomes of the same clients, 1 for a default.
    costs
        Price of the two errors.
    """
    rate = float(target.mean())
    return 1.0 - cost / min(costs.false_negative * rate, costs.false_positive * (1.0 - rate))


def calibration_bins(probability: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean probability, default rate and number of clients in ten bins of equal size, lowest risk first."""
    order = np.argsort(probability, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return (
        np.array([probability[rows].mean() for rows in bins]),
        np.array([target[rows].mean() for rows in bins]),
        np.array([len(rows) for rows in bins]),
    )


def calibration_error(probability: np.ndarray, target: np.ndarray) -> float:
    """Expected calibration error: the mean distance between predicted and observed rate over the bins."""
    predicted, observed, size = calibration_bins(probability, target)
    return float(np.average(np.abs(predicted - observed), weights=size))


def calibration_noise(probability: np.ndarray, samples: int, seed: int) -> float:
    """95 % quantile of the calibration error over `samples` of outcomes drawn from the probabilities themselves."""
    generator = np.random.default_rng(seed)
    ordered = np.sort(probability)
    errors = [calibration_error(ordered, generator.random(len(ordered)) < ordered) for _ in range(samples)]
    return float(np.quantile(errors, 0.95))
