"""The gate: the conditions of a promotion, checked on held-out clients."""

import math
from dataclasses import dataclass

import numpy as np

from custom_model.omission import Examination
from steps.evaluation.on_holdout import Evaluation
from steps.quality.bootstrap import interval
from steps.quality.figures import Quality
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
        The number of clients, calibration, business score and credit won by omission; with a champion also the mean
        increase of cost per client, in the policy's unit (positive: the candidate costs more). A bound that must hold
        holds at the unfavourable end of the 95 % interval. A pure function: nothing is logged.
    """
    bounds = policy.promotion
    checks = [
        _clients(candidate, bounds),
        _calibration(candidate.quality, bounds),
        _score(candidate.quality, bounds),
        _omissions(candidate.examination, policy.most_won_by_omission),
    ]
    metrics = {f"candidate_{name}": value for name, value in candidate.quality.figures.items()}
    if champion is not None:
        metrics |= {f"champion_{name}": value for name, value in champion.quality.figures.items()}
        mean, low, high = _cost_increase(candidate, champion, policy, bootstraps, seed)
        metrics |= {"cost_increase": mean, "cost_increase_low": low, "cost_increase_high": high}
        checks.append(_cost(mean, low, high, bounds))
    return Verdict(tuple(checks), metrics)


def _clients(candidate: Evaluation, bounds: Gate) -> Check:
    """Enough held-out clients, and defaults among them, to judge a version at all."""
    clients, defaults = len(candidate.target), int(candidate.target.sum())
    enough = clients >= bounds.least_clients and defaults >= bounds.least_defaults
    finding = (
        f"{clients:,} with {defaults:,} defaults, at least {bounds.least_clients:,} with {bounds.least_defaults:,}"
    )
    return Check("held-out clients", enough, finding)


def _calibration(quality: Quality, bounds: Gate) -> Check:
    """The error within its bound, on clients enough that a calibrated model would stay within it, too.

    Chance falls with the square root of the clients: where it reaches 0.04 on 500, it reaches 0.02 on 2,000.
    """
    error, noise, clients = (quality.figures[name] for name in ("calibration_error", "calibration_noise", "clients"))
    bound = bounds.worst_calibration_error
    finding = f"error {error:.4f}, at most {bound:.4f}"
    if noise > bound:
        enough = math.ceil(clients * (noise / bound) ** 2)
        finding += (
            f"; too few clients to judge it: on {clients:,.0f}, chance alone reaches {noise:.4f}; about {enough:,} "
            "would do"
        )
    return Check("calibration", noise <= bound and error <= bound, finding)


def _score(quality: Quality, bounds: Gate) -> Check:
    """The score above its bound with its interval: 0 is as good as granting or refusing everyone."""
    score, (low, high) = quality.figures["business_score"], quality.intervals["business_score"]
    bound = bounds.least_business_score
    finding = f"{score:.4f} ({low:.4f} to {high:.4f}), at its lower end above {bound:.4f}"
    return Check("business score", low > bound, finding)


def _omissions(examination: Examination | None, bound: float) -> Check:
    """No field or group that the contract lets an application leave out wins credit, but for the bound's share.

    Training demands fields until this holds on its own held-out clients, without their outcomes: the check fails where
    policy, data or code have changed since.
    """
    name = "credit won by omission"
    if examination is None:
        return Check(name, False, "not measured: the version was trained before; train it again")
    worst = max(examination.omissions, key=lambda each: each.highest, default=None)
    if worst is None:
        return Check(name, True, "0: every field that the model uses must be sent")
    finding = f"{worst.share:.4f} of the refused without {worst.name} ({worst.granted} of {worst.refused:,}), "
    finding += f"{worst.highest:.4f} at the upper end, at most {bound:.4f}"
    return Check(name, worst.highest <= bound, finding)


def _cost(mean: float, low: float, high: float, bounds: Gate) -> Check:
    """The upper end within its bound: a mean within it would let each promotion cost a little more than the last."""
    finding = f"{mean:+.4f} a client ({low:+.4f} to {high:+.4f}), at its upper end at most "
    finding += f"{bounds.worst_cost_increase:+.4f}"
    return Check("cost against the champion", high <= bounds.worst_cost_increase, finding)


def _cost_increase(
    candidate: Evaluation, champion: Evaluation, policy: Policy, bootstraps: int, seed: int
) -> tuple[float, float, float]:
    """Mean increase of cost per client over the champion, with its 95 % bootstrap interval (low, high)."""
    increase = np.subtract(*(each.cost(policy.costs) for each in (candidate, champion)))
    low, high = interval(lambda weights: np.average(increase, weights=weights), len(increase), bootstraps, seed)
    return float(increase.mean()), low, high
