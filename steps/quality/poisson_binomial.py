"""How surprising a number of defaults is, of clients who each default with their own probability."""

import numpy as np
from scipy.fft import next_fast_len

from steps.quality.many_tests import below

LEAST_NORMAL = 10_000.0  # variance, from which on the normal distribution is as good: a spread of 100 defaults


def surprise(probability: np.ndarray, defaults: int) -> float:
    """The two-sided p-value of `defaults` among (clients,) probabilities.

    Of two clients at 0.5, 0 defaults have 2 x 0.25; exact for a variance below `LEAST_NORMAL`. The normal distribution
    would alarm too often where the risk is low, however many the clients: 7 defaults of 2,000 at 0.1 % have 0.9 %, and
    would have 0.15 %.
    """
    return float(min(1.0, 2 * min(tails(probability, defaults, defaults))))


def tails(probability: np.ndarray, at_most: int, at_least: int) -> tuple[float, float]:
    """The chance of `at_most` defaults or fewer, and of `at_least` or more, of (clients,) probabilities.

    Exact for a variance below `LEAST_NORMAL`: two clients at 0.5 have at most 0 with 0.25, at least 1 with 0.75.
    """
    variance = float((probability * (1 - probability)).sum())
    if variance >= LEAST_NORMAL:
        expected, spread = float(probability.sum()), variance**0.5
        # Half a client: the numbers are whole ones.
        return below((at_most + 0.5 - expected) / spread), below((expected - at_least + 0.5) / spread)
    chances = _distribution(probability)
    fewer, more = chances[: max(at_most + 1, 0)].sum(), chances[max(at_least, 0) :].sum()
    return float(np.clip(fewer, 0.0, 1.0)), float(np.clip(more, 0.0, 1.0))


def _distribution(probability: np.ndarray) -> np.ndarray:
    """(clients + 1,) the chance of each number of defaults, by halves of the clients put together (convolution)."""
    clients = len(probability)
    halvings = max(clients - 1, 0).bit_length()
    never = np.zeros(2**halvings - clients)  # in place of the clients that a power of two lacks
    chances = np.stack([1 - np.append(probability, never), np.append(probability, never)], axis=1)
    while len(chances) > 1:
        length = 2 * chances.shape[1] - 1
        padded = next_fast_len(length, real=True)  # a length that is prime takes five times as long
        parts = np.fft.rfft(chances, padded, axis=1)
        chances = np.fft.irfft(parts[::2] * parts[1::2], padded, axis=1)[:, :length]
    return chances[0, : clients + 1]
