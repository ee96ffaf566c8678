"""How far a window's values lie from the reference's, and how sure it is that they lie farther than tolerated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from steps.monitoring.drift.merging import merged
from steps.monitoring.drift.rare_bins import rare_p_values
from steps.monitoring.drift.small_windows import p_value, statistic

FEW, FEW_IN_BIN = 500, 25  # requests of a window, and expected ones of a bin, below which small p-values are simulated
SIMULATED_BELOW = 0.002
CLEAR = 1e-12  # a p-value that is beyond doubt however wrong: of a bin of 5 expected, 1e-7 at worst
SEED = 14


@dataclass(frozen=True)
class Pair:
    """Something counted in the same bins in the reference and in a window; missing values are in the last bin."""

    name: str
    reference: np.ndarray
    window: np.ndarray
    is_number: bool


@dataclass(frozen=True)
class Shift:
    """The difference of one pair.

    Parameters
    ----------
    psi : float
        Population stability index, over all bins that either has, with half a client more in each.
    by_chance : float
        What two samples of these sizes from one population stay under in 95 of 100 cases (Yurdakul 2018).
    distance : float
        Of a number the Kolmogorov-Smirnov distance of its known values, over the bins; of a category the total
        variation, the share of requests that would have to have another level.
    p : float
        Probability of such a difference, or a larger one, where the population stability index is as tolerated.
    """

    psi: float
    by_chance: float
    distance: float
    p: float


def shifts(pairs: Sequence[Pair], tolerated_psi: float) -> list[Shift]:
    """The shifts of all pairs, in their order.

    The statistic of homogeneity over bins merged until 5 are expected in each has a non-central chi-square
    distribution with the number of bins less 1 degrees of freedom and the non-centrality N times the tolerated index,
    N = nm / (n + m) (Yurdakul 2018). Where a window or a bin has few, p-values below 0.002 are simulated, from a
    fixed seed. Levels and missing values that the reference all but lacks are looked at apart, too: then p is the
    smaller of both, times how many they are (Bonferroni).

    Parameters
    ----------
    pairs
        What to compare.
    tolerated_psi
        The index that is no drift.
    """
    found: list[Shift | None] = [None] * len(pairs)
    unsure: list[tuple[int, np.ndarray, np.ndarray]] = []
    rare, looks = np.ones(len(pairs)), np.zeros(len(pairs), int)
    for places in _alike(pairs):
        reference = np.array([pairs[place].reference for place in places], float)
        window = np.array([pairs[place].window for place in places], float)
        is_number = np.array([pairs[place].is_number for place in places])
        joined = merged(reference, window, is_number)
        rare[places], looks[places] = rare_p_values(reference, window, is_number, tolerated_psi)
        p, few = _p_values(*joined, tolerated_psi), _few(*joined)
        effects = zip(
            _psi(reference, window), _by_chance(reference, window), _distance(reference, window, is_number), p,
            strict=True,
        )  # fmt: skip
        for row, (place, effect) in enumerate(zip(places, effects, strict=True)):
            found[place] = Shift(*map(float, effect))
            if few[row] and CLEAR < p[row] < SIMULATED_BELOW:
                bins = joined[2][row]
                unsure.append((place, joined[0][row, :bins], joined[1][row, :bins]))
    generator = np.random.default_rng(SEED)
    for place, reference, window in sorted(unsure, key=lambda each: each[0]):
        shift = found[place]
        assert shift is not None
        found[place] = replace(shift, p=p_value(reference, window, tolerated_psi, generator))
    return [
        replace(each, p=min(1.0, (1 + int(look)) * min(each.p, float(p))))
        for each, p, look in zip(found, rare, looks, strict=True)
        if each is not None
    ]


def _alike(pairs: Sequence[Pair]) -> list[list[int]]:
    """The places of pairs with as many bins."""
    by_size: dict[int, list[int]] = {}
    for place, pair in enumerate(pairs):
        by_size.setdefault(len(pair.reference), []).append(place)
    return list(by_size.values())


def _p_values(reference: np.ndarray, window: np.ndarray, bins: np.ndarray, tolerated: float) -> np.ndarray:
    """(fields,) probabilities; 1 where a single bin is left, or a side is empty."""
    from scipy.stats import chi2, ncx2

    clients, requests = reference.sum(axis=1), window.sum(axis=1)
    size = clients * requests / np.maximum(clients + requests, 1)
    p = np.ones(len(bins))
    tested = (bins > 1) & (size > 0)
    value, degrees = statistic(reference[tested], window[tested]), bins[tested] - 1
    p[tested] = chi2.sf(value, degrees) if tolerated == 0 else ncx2.sf(value, degrees, size[tested] * tolerated)
    return p


def _few(reference: np.ndarray, window: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """(fields,) booleans: whether chi-square is not to be trusted far out."""
    clients, requests = reference.sum(axis=1), window.sum(axis=1)
    smaller = np.minimum(clients, requests)
    pooled = np.where(np.arange(reference.shape[1]) < bins[:, None], reference + window, np.inf)
    expected = pooled.min(axis=1) * smaller / np.maximum(clients + requests, 1)
    return (smaller < FEW) | (expected < FEW_IN_BIN)


def _psi(reference: np.ndarray, window: np.ndarray) -> np.ndarray:
    """As `steps.quality.stability.index_of` has it, without the bins that both lack."""
    met = reference + window > 0
    one, other = ((each + 0.5) * met for each in (reference, window))
    one, other = (each / np.maximum(each.sum(axis=1, keepdims=True), 1) for each in (one, other))
    ratio = np.divide(other, one, out=np.ones(one.shape), where=met)
    return ((other - one) * np.log(ratio)).sum(axis=1)


def _by_chance(reference: np.ndarray, window: np.ndarray) -> np.ndarray:
    from scipy.stats import chi2

    bins = ((reference + window) > 0).sum(axis=1)
    inverse = sum(1 / np.maximum(each.sum(axis=1), 1) for each in (reference, window))
    return inverse * chi2.ppf(0.95, np.maximum(bins - 1, 1))


def _distance(reference: np.ndarray, window: np.ndarray, is_number: np.ndarray) -> np.ndarray:
    known = [each[:, :-1] / np.maximum(each[:, :-1].sum(axis=1, keepdims=True), 1) for each in (reference, window)]
    smirnov = np.abs(np.cumsum(known[1] - known[0], axis=1)).max(axis=1)
    share = [each / np.maximum(each.sum(axis=1, keepdims=True), 1) for each in (reference, window)]
    variation = np.abs(share[1] - share[0]).sum(axis=1) / 2
    return np.where(is_number, smirnov, variation)
