"""The time of an answer by two servers side by side: a robust ratio, with the noise of the machine."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from steps.gate.check import Check
from steps.run.policy import Gate

ROUNDS, REQUESTS = 40, 10  # rounds, and requests to each server in one
MOST_ROUNDS = 160  # where the machine is so noisy that the first rounds cannot tell

Ask = Callable[[], float]
"""One request; returns its seconds."""


@dataclass(frozen=True)
class Latency:
    """Seconds of an answer by candidate and champion, and their ratio with its 95 % interval."""

    candidate: float
    champion: float
    ratio: float
    low: float
    high: float


def measured(candidate: Ask, champion: Ask, bound: float) -> Latency:
    """Ask both in turn, round after round, so that each meets the same noise, until it is clear or `MOST_ROUNDS`.

    Both take turns to be first. It is clear where the interval lies on one side of the bound.
    """
    asks = candidate, champion
    seconds: tuple[list[float], list[float]] = [], []
    for number in range(1, MOST_ROUNDS + 1):
        for place in (number % 2, 1 - number % 2):
            seconds[place].append(median(asks[place]() for _ in range(REQUESTS)))
        if number % ROUNDS == 0:
            found = latency_of(np.array(seconds[0]), np.array(seconds[1]))
            if found.high <= bound or found.low > bound:
                break
    return found


def latency_of(candidate: np.ndarray, champion: np.ndarray) -> Latency:
    """The ratio's median over the rounds, and an interval of its order statistics, whatever the noise's distribution.

    Parameters
    ----------
    candidate, champion
        (rounds,) median seconds of each round.

    Returns
    -------
    Latency
        Of 40 rounds the interval is from the 14th to the 27th ratio: fewer than 14 or more than 26 of 40 fall below a
        median in 4 % of all cases.
    """
    from scipy.stats import binom

    ratios = np.sort(candidate / champion)
    first = max(int(binom.ppf(0.025, len(ratios), 0.5)) - 1, 0)
    return Latency(
        float(np.median(candidate)),
        float(np.median(champion)),
        float(np.median(ratios)),
        float(ratios[first]),
        float(ratios[len(ratios) - 1 - first]),
    )


def check_latency(found: Latency, bounds: Gate) -> tuple[Check, dict[str, float]]:
    """No slower than the bound beyond doubt.

    A machine too noisy to tell refuses nobody, and the finding says so: a slow server makes no wrong decisions.
    """
    bound = bounds.worst_latency_ratio
    is_clear = found.high <= bound or found.low > bound
    sure = f"95 % interval {found.low:.2f} to {found.high:.2f}"
    if not is_clear:
        sure += ": this machine is too noisy to tell, which counts as passed; promote on a quieter one to know"
    check = Check(
        "latency against the champion",
        found.low <= bound,
        f"{found.ratio:.2f} times ({1000 * found.candidate:.2f} ms against {1000 * found.champion:.2f} ms an answer)",
        f"at most {bound:.2f} times",
        sure,
        "fewer trees, boosters or features; or a greater worst_latency_ratio in policy.yaml",
    )
    return check, {"latency_ratio": found.ratio, "latency_ratio_low": found.low, "latency_ratio_high": found.high}
