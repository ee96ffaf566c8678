"""p-values of few requests, where the chi-square distribution does not hold far out: by simulation."""

import numpy as np
from scipy.special import gammaln

DRAWS = 2_000
ALIKE = 10  # sizes of two samples within this ratio scatter both
CAUTION = 3.0  # standard errors of the simulation that are added to its p-value


def statistic(reference: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The chi-square statistic of homogeneity, N sum (p - q)^2 / pooled with N = nm / (n + m).

    Parameters
    ----------
    reference, window
        (..., bins) numbers; bins that neither has count nothing.

    Returns
    -------
    ndarray
        (...,). Of 30 and 70 against 50 and 50: N = 50, p - q = 0.2, pooled shares 0.4 and 0.6, and
        50 (0.04 / 0.4 + 0.04 / 0.6) = 8.33.
    """
    clients, requests = (each.sum(axis=-1, keepdims=True) for each in (reference, window))
    pooled = (reference + window) / (clients + requests)
    difference = window / np.maximum(requests, 1) - reference / np.maximum(clients, 1)
    terms = np.divide(difference**2, pooled, out=np.zeros(np.shape(difference)), where=pooled > 0)
    return (clients * requests / (clients + requests))[..., 0] * terms.sum(axis=-1)


def least_extreme(reference: np.ndarray, window: np.ndarray, tolerated: float) -> tuple[np.ndarray, np.ndarray]:
    """The (bins,) shares of both populations that differ by what is tolerated, in the direction of the samples.

    Both together have the samples' pooled shares; the sum of (p - q)^2 / pooled, close to the population stability
    index, is `tolerated`, or that of the samples where it is less.
    """
    clients, requests = reference.sum(), window.sum()
    pooled = (reference + window) / (clients + requests)
    difference = window / requests - reference / clients
    known = pooled > 0
    found = float((difference[known] ** 2 / pooled[known]).sum())
    part = 1.0 if found <= tolerated else (tolerated / found) ** 0.5
    weight = requests / (clients + requests)
    return pooled - weight * part * difference, pooled + (1 - weight) * part * difference


def p_value(reference: np.ndarray, window: np.ndarray, tolerated: float, generator: np.random.Generator) -> float:
    """The probability of so large a statistic, or a larger one, from the populations of `least_extreme`.

    To see 1 in 100,000 takes millions of samples of such populations. So the smaller of the two, or both where they
    are alike in size, are drawn from populations that scatter more, in every direction alike (Dirichlet-multinomial),
    such that statistics as large as the observed one are common, and each counts by how much likelier its samples are
    without that (importance sampling).

    Parameters
    ----------
    reference, window
        (bins,) numbers, of both samples more than 0.
    tolerated
        The difference that is none, see `least_extreme`.
    generator
        The source of chance.

    Returns
    -------
    float
        The mean weight, and `CAUTION` standard errors of it more.
    """
    met = reference + window > 0
    samples = [reference[met], window[met]]
    observed = float(statistic(*samples)) * (1 - 1e-9)  # equal samples are as large, whatever the rounding
    shares = [np.maximum(each, 0) / each.sum() for each in least_extreme(samples[0], samples[1], tolerated)]
    sizes = [int(each.sum()) for each in samples]
    smaller = int(np.argmin(sizes))
    scatter = observed / (len(samples[0]) - 1)  # the statistic's mean is its degrees of freedom
    if sizes[1 - smaller] < ALIKE * sizes[smaller]:
        drawn, weights = zip(
            *(_scattered(*each, scatter, generator) for each in zip(shares, sizes, strict=True)), strict=True
        )
        weight = weights[0] * weights[1]
    else:
        part = sizes[1 - smaller] / sum(sizes)  # of the mean that the smaller sample brings
        one, weight = _scattered(shares[smaller], sizes[smaller], (scatter - 1 + part) / part, generator)
        drawn = one, generator.multinomial(sizes[1 - smaller], shares[1 - smaller], DRAWS)
    counted = np.where(statistic(*drawn) >= observed, weight, 0.0)
    return min(1.0, float(counted.mean() + CAUTION * counted.std(ddof=1) / DRAWS**0.5))


def _scattered(
    shares: np.ndarray, size: int, scatter: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(draws, bins) samples with so many times the variance of multinomial ones, and how much likelier they are there.

    Of a Dirichlet-multinomial with concentration A the variance is (n + A) / (1 + A) times the multinomial's.
    """
    scatter = min(max(scatter, 1.01), (size + 1) / 2)  # its concentration is 1 at least
    concentration = (size - scatter) / (scatter - 1)
    alpha = concentration * np.maximum(shares, 1e-12)
    drawn = generator.multinomial(size, generator.dirichlet(alpha, DRAWS))
    log_shares = np.log(np.maximum(shares, 1e-300))
    plain = np.where(drawn > 0, drawn * log_shares, 0.0).sum(axis=1)
    scattered = (
        gammaln(concentration) - gammaln(size + concentration) + (gammaln(drawn + alpha) - gammaln(alpha)).sum(1)
    )
    return drawn, np.exp(plain - scattered)
