"""Checks against the champion, on the same clients: cost and AUC."""

import numpy as np

from custom_model.costs import Costs
from custom_model.rates import QUANTILE
from steps.evaluation.on_holdout import Evaluation
from steps.gate.candidate import ANOTHER_HOLDOUT, auc_over
from steps.gate.check import Check, signed
from steps.gate.holdout_size import too_few
from steps.quality.paired import resampled_means
from steps.run.policy import Gate

RESAMPLES = 10_000  # of cells, in 5 ms


def extra_cost(candidate: Evaluation, champion: Evaluation, costs: Costs) -> np.ndarray:
    """(clients,) what each client costs more under the candidate than under the champion."""
    return np.subtract(*(each.cost(costs) for each in (candidate, champion)))


def check_cost(extra: np.ndarray, bounds: Gate, seed: int) -> tuple[Check, dict[str, float]]:
    """The upper end within its bound: a mean within it would let each promotion cost a little more than the last.

    `extra` is (clients,) of `extra_cost`.
    """
    drawn = resampled_means(extra, RESAMPLES, seed)
    mean, (low, high) = float(extra.mean()), np.percentile(drawn, [2.5, 97.5]).tolist()
    bound, half = bounds.worst_cost_increase, (high - low) / 2
    within = float((drawn <= bound).mean())
    small = too_few(len(extra), half, bound) if low <= bound < high else ""
    check = Check(
        "cost against the champion",
        high <= bound,
        f"{signed(mean)} a client ({signed(low)} to {signed(high)})",
        f"at its upper end at most {bound:+.4f}",
        f"within it in {within:.1%} of resamples" + (f"; {small}" if small else ""),
        _advice(low > bound, bool(small)),
    )
    return check, {"cost_increase": mean, "cost_increase_low": low, "cost_increase_high": high}


def check_auc(candidate: Evaluation, champion: Evaluation, bounds: Gate) -> tuple[Check, dict[str, float]]:
    """What the AUC falls by, at the upper end of its interval, within the bound."""
    from scipy.stats import norm

    mean, low, high = auc_over(champion.probability, candidate.probability, candidate.target)
    bound, half = bounds.worst_auc_decrease, (high - low) / 2
    error = half / QUANTILE
    within = float(norm.cdf((bound - mean) / error)) if error else float(mean <= bound)
    small = too_few(len(candidate.target), half, bound) if low <= bound < high else ""
    check = Check(
        "AUC against the champion",
        high <= bound,
        f"{signed(-mean)} ({signed(-high)} to {signed(-low)})",
        f"at its lower end at least {-bound:+.4f}",
        f"within it at {within:.1%} by DeLong" + (f"; {small}" if small else ""),
        _advice(low > bound, bool(small)),
    )
    return check, {"auc_decrease": mean, "auc_decrease_low": low, "auc_decrease_high": high}


def _advice(is_worse: bool, is_small: bool) -> str:
    if is_worse:
        return "the champion is better beyond doubt: keep it, or tune and train another version"
    if is_small:
        return f"{ANOTHER_HOLDOUT}; or widen the margin in policy.yaml"
    return (
        "not shown to be as good as the champion: keep it, tune and train another version, or evaluate on more clients"
    )
