"""How surprising a number of defaults is, of clients who each default with their own probability."""

import numpy as np

from steps.quality.many_tests import two_sided

LEAST_NORMAL = 10_000.0  # variance, from which on the normal distribution is as good: a spread of 100 defaults


def surprise(probability: np.ndarray, defaults: int) -> float:
    """The two-sided p-value of `defaults` among (clients,) probabilities.

    Exact for a variance below `LEAST_NORMAL`: of two clients at 0.5, 0 defaults have 2 x 0.25. The normal distribution
    would alarm too often where the risk is low, however many the clients: 7 defaults of 2,000 at 0.1 % have 0.9 %, and
    would have 0.15 %.
    """
    variance = float((probability * (1 - probability)).sum())
    if variance >= LEAST_NORMAL:
        distance = abs(defaults - float(probability.sum()))
        return two_sided(max(0.0, distance - 0.5) / variance**0.5)  # half a client: the number is a whole one
    chances = _distribution(probability)
    return float(np.clip(2 * min(chances[: defaults + 1].sum(), chances[defaults:].sum()), 0.0, 1.0))


def _distribution(probability: np.ndarray) -> np.ndarray:
    """(clients + 1,) the chance of each number of defaults, by halves of the clients put together (convolution)."""
    clients = len(probability)
    halvings = max(clients - 1, 0).bit_length()
    never = np.zeros(2**halvings - clients)  # in place of the clients that a power of two lacks
    chances = np.stack([1 - np.append(probability, never), np.append(probability, never)], axis=1)
    while len(chances) > 1:
        length = 2 * chances.shape[1] - 1
        parts = np.fft.rfft(chances, length, axis=1)
        chances = np.fft.irfft(parts[::2] * parts[1::2], length, axis=1)
    return chances[0, : clients + 1]
