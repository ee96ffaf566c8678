"""The check on the requests on record: the share granted does not change by more than the policy's bound."""

import math

import numpy as np

from steps.gate.check import Check
from steps.quality.paired import mean_difference
from steps.run.policy import ReplayBounds

NAME = "replay"
BOOTSTRAPS = 10_000
FEW = "wait for more decisions, or ask for fewer in policy.yaml: replay.least_decisions, replay.days"
CHANGED = (
    "replay it (`mlflow run . -e replay --env-manager local`) to see whose decisions change; widen "
    "replay.largest_change_of_approval in policy.yaml where that is wanted"
)


def check_replay(
    granted_then: np.ndarray, granted_now: np.ndarray, refused_by_contract: int, bounds: ReplayBounds, seed: int
) -> tuple[Check, dict[str, float]]:
    """The share granted on record against the candidate's, on enough decisions.

    Parameters
    ----------
    granted_then, granted_now
        (requests,) booleans: what was granted, and what the candidate grants. A request that its contract refuses is
        not granted.
    refused_by_contract
        How many those are.
    bounds
        The policy's.
    seed
        Of the resamples behind the interval.
    """
    count = len(granted_then)
    allowed = f"at most {bounds.largest_change_of_approval:.1%} to either side, on at least {bounds.least_decisions:,}"
    if not count:
        return Check(NAME, False, f"no decision on record in {bounds.days:,} days", allowed, advice=FEW), {}
    difference = granted_now.astype(float) - granted_then
    change, low, high = mean_difference(difference, BOOTSTRAPS, seed)
    farthest, enough = max(-low, high), count >= bounds.least_decisions
    passed = enough and farthest <= bounds.largest_change_of_approval
    refused = f", {refused_by_contract:,} of them an error by its contract" if refused_by_contract else ""
    found = (
        f"{change:+.1%} ({low:+.1%} to {high:+.1%}) granted on {count:,} decisions of {bounds.days:,} days, "
        f"{granted_then.mean():.1%} then and {granted_now.mean():.1%} now{refused}"
    )
    sure = ""
    if enough and not passed and abs(change) < bounds.largest_change_of_approval:
        room = bounds.largest_change_of_approval - abs(change)
        sure = (
            f"too few decisions to tell: about {math.ceil(count * ((farthest - abs(change)) / room) ** 2):,} would do"
        )
    figures = {"replay_decisions": float(count), "replay_approval_change": change}
    return Check(NAME, passed, found, allowed, sure, FEW if not enough or sure else CHANGED), figures
