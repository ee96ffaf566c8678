"""The gate: the conditions on the holdout under which a candidate becomes champion."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steps.evaluation.on_holdout import Evaluation
from steps.quality.bootstrap import interval
from steps.quality.figures import realised_cost
from steps.run.policy import Gate, Policy


@dataclass(frozen=True)
class Check:
    """A condition of the gate, and its finding in words."""

    name: str
    passed: bool
    finding: str


@dataclass(frozen=True)
class Verdict:
    """All checks of a candidate, and the figures behind them by the name of their metric."""

    checks: tuple[Check, ...]
    metrics: dict[str, float]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


def assess(candidate: Evaluation, champion: Evaluation | None, policy: Policy, bootstraps: int, seed: int) -> Verdict:
    """Check the candidate against policy.yaml, and against the champion on the same clients.

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
        Calibration and business score, and with a champion the increase of cost for each client in the policy's
        unit: positive where the candidate is dearer. A pure function: nothing is logged.
    """
    figures = candidate.quality.figures
    checks = [*_alone(figures, policy.promotion)]
    metrics = {f"candidate_{name}": value for name, value in figures.items()}
    if champion is not None:
        metrics |= {f"champion_{name}": value for name, value in champion.quality.figures.items()}
        mean, low, high = _cost_increase(candidate, champion, policy, bootstraps, seed)
        metrics |= {"cost_increase": mean, "cost_increase_low": low, "cost_increase_high": high}
        bound = policy.promotion.worst_cost_increase
        finding = f"{mean:+.4f} a client ({low:+.4f} to {high:+.4f}), at most {bound:+.4f}"
        checks.append(Check("cost against the champion", mean <= bound, finding))
    return Verdict(tuple(checks), metrics)


def _alone(figures: dict[str, float], bounds: Gate) -> Iterator[Check]:
    """The checks that need no champion."""
    error, bound = figures["calibration_error"], max(bounds.worst_calibration_error, figures["calibration_noise"])
    yield Check("calibration", error <= bound, f"error {error:.4f}, at most {bound:.4f}")
    score, least = figures["business_score"], bounds.least_business_score
    yield Check("business score", score >= least, f"{score:.4f}, at least {least:.4f}")


def _cost_increase(
    candidate: Evaluation, champion: Evaluation, policy: Policy, bootstraps: int, seed: int
) -> tuple[float, float, float]:
    """Mean and 95 % bootstrap interval of the increase in cost per client from champion to candidate."""
    increase = np.subtract(*(realised_cost(each.refused, each.target, policy.costs) for each in (candidate, champion)))
    low, high = interval(lambda weights: np.average(increase, weights=weights), len(increase), bootstraps, seed)
    return float(increase.mean()), low, high
