"""The gate: the conditions of a promotion, checked on held-out clients."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steps.evaluation.on_holdout import Evaluation
from steps.quality.bootstrap import interval
from steps.quality.figures import realised_cost
from steps.run.policy import Gate, Policy


@dataclass(frozen=True)
class Check:
    """One condition of the gate: its name, whether the candidate meets it, and the finding in words."""

    name: str
    passed: bool
    finding: str


@dataclass(frozen=True)
class Verdict:
    """All checks of a candidate, and the figures behind them as metrics of the run.

    Attributes
    ----------
    checks
        In the order in which they are reported.
    metrics
        `candidate_...` and `champion_...` figures of quality, and `cost_increase` with its interval, by metric name.
    """

    checks: tuple[Check, ...]
    metrics: dict[str, float]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


def assess(candidate: Evaluation, champion: Evaluation | None, policy: Policy, bootstraps: int, seed: int) -> Verdict:
    """Check the candidate against policy.yaml and, on the same clients, against the champion.

    Parameters
    ----------
    candidate, champion
        Evaluations on the same (rows,) clients in the same order; None: there is no champion yet.
    policy
        Bounds of the gate (`promotion`) and costs.
    bootstraps, seed
        Resamples behind the interval of the cost's increase, and their seed.

    Returns
    -------
    Verdict
        Calibration and business score; with a champion also the mean increase of cost per client, in the policy's
        unit (positive: the candidate costs more). A pure function: nothing is logged.
    """
    figures = candidate.quality.figures
    checks = [*_absolute_checks(figures, policy.promotion)]
    metrics = {f"candidate_{name}": value for name, value in figures.items()}
    if champion is not None:
        metrics |= {f"champion_{name}": value for name, value in champion.quality.figures.items()}
        mean, low, high = _cost_increase(candidate, champion, policy, bootstraps, seed)
        metrics |= {"cost_increase": mean, "cost_increase_low": low, "cost_increase_high": high}
        bound = policy.promotion.worst_cost_increase
        finding = f"{mean:+.4f} a client ({low:+.4f} to {high:+.4f}), at most {bound:+.4f}"
        checks.append(Check("cost against the champion", mean <= bound, finding))
    return Verdict(tuple(checks), metrics)


def _absolute_checks(figures: dict[str, float], bounds: Gate) -> Iterator[Check]:
    """The checks that need no champion: calibration and business score."""
    error, bound = figures["calibration_error"], max(bounds.worst_calibration_error, figures["calibration_noise"])
    yield Check("calibration", error <= bound, f"error {error:.4f}, at most {bound:.4f}")
    score, least = figures["business_score"], bounds.least_business_score
    yield Check("business score", score >= least, f"{score:.4f}, at least {least:.4f}")


def _cost_increase(
    candidate: Evaluation, champion: Evaluation, policy: Policy, bootstraps: int, seed: int
) -> tuple[float, float, float]:
    """Mean increase of cost per client over the champion, with its 95 % bootstrap interval (low, high)."""
    increase = np.subtract(*(realised_cost(each.refused, each.target, policy.costs) for each in (candidate, champion)))
    low, high = interval(lambda weights: np.average(increase, weights=weights), len(increase), bootstraps, seed)
    return float(increase.mean()), low, high
