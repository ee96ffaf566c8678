"""How surprising a number of defaults is, of clients who each default with their own probability."""

import numpy as np

from steps.quality.many_tests import two_sided

MOST_EXACT = 1_000  # clients; of more, the normal distribution is as good


def surprise(probability: np.ndarray, defaults: int) -> float:
    """The two-sided p-value of `defaults` among (clients,) probabilities; 1 where they leave nothing to chance.

    Exact for up to `MOST_EXACT` clients: of two at 0.5, 0 defaults have 2 x 0.25. The normal distribution would make
    twenty clients of a low risk alarm too often, as one default more than expected is then far out in its tail.
    """
    variance = float((probability * (1 - probability)).sum())
    if variance <= 0:
        return 1.0
    if len(probability) > MOST_EXACT:
        distance = abs(defaults - float(probability.sum()))
        return two_sided(max(0.0, distance - 0.5) / variance**0.5)  # half a client: the number is a whole one
    chances = _distribution(probability)
    return float(min(1.0, 2 * min(chances[: defaults + 1].sum(), chances[defaults:].sum())))


def _distribution(probability: np.ndarray) -> np.ndarray:
    """(clients + 1,) the chance of each number of defaults, one client after the other."""
    chances = np.zeros(len(probability) + 1)
    chances[0] = 1.0
    for each in probability:
        chances[1:] = chances[1:] * (1 - each) + chances[:-1] * each
        chances[0] *= 1 - each
    return chances
