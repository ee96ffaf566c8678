"""A drifted field put back: the sample's requests with values of it as the reference has them."""

from collections.abc import Sequence

import numpy as np

from steps.monitoring.bins import Bins
from steps.monitoring.drift.sampled import Sampled, places_of
from steps.monitoring.reference import FieldReference


def put_back(
    sampled: Sampled, name: str, field: FieldReference, turns: np.ndarray, generator: np.random.Generator
) -> list[object]:
    """The values of a field in each request, distributed as in the reference, with as few changes as that takes.

    A number keeps its rank: the window's quantile becomes the reference's, and a value of the window itself where one
    lies in that bin, so that whole numbers and peaks stay. Of a category, and of missing values, what a bin has too
    much of moves to the bins that lack it, in the requests whose turn comes first.

    Parameters
    ----------
    sampled
        The window's requests.
    name, field
        The field and its reference.
    turns
        (requests,) numbers by whose order requests are chosen; equal ones for the fields of a table make the same
        clients have it.
    generator
        The source of chance: of ties, and of the values of requests that had none.

    Returns
    -------
    list
        (requests,) floats or texts; None for a missing value.
    """
    if field.bins.is_number:
        return _number(sampled.numbers(name), field, turns, generator)
    return _category(sampled, name, field, turns, generator)


def _number(
    values: np.ndarray, field: FieldReference, turns: np.ndarray, generator: np.random.Generator
) -> list[object]:
    counts = np.asarray(field.counts, float)
    known_then = counts[:-1]
    if not known_then.sum():
        return [None] * len(values)
    is_missing = np.isnan(values)
    missing = round(len(values) * counts[-1] / counts.sum())
    order = np.argsort(turns, kind="stable")
    stays = order[is_missing[order]][::-1][:missing]  # those whose turn comes last
    joins = order[~is_missing[order]][: max(missing - len(stays), 0)]
    known = np.ones(len(values), bool)
    known[stays] = known[joins] = False
    ranks = np.empty(len(values))
    had = np.flatnonzero(~is_missing)
    ranks[had[np.lexsort((generator.random(len(had)), values[had]))]] = (np.arange(len(had)) + 0.5) / max(len(had), 1)
    new = len(values) - len(had)
    ranks[is_missing] = generator.permutation((np.arange(new) + 0.5) / max(new, 1))
    found = _quantiles(ranks, values[had], field)
    return [float(value) if here else None for value, here in zip(found, known, strict=True)]


def _quantiles(ranks: np.ndarray, own: np.ndarray, field: FieldReference) -> np.ndarray:
    """(requests,) quantiles of the reference: values of the window within its range, else between the bin's bounds."""
    counts = np.asarray(field.counts[:-1], float)
    ends = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    places = np.clip(np.searchsorted(ends, ranks, side="right") - 1, 0, len(counts) - 1)
    within = np.clip((ranks - ends[places]) / np.maximum(ends[places + 1] - ends[places], 1e-12), 0, 1)
    least, greatest = field.least or 0.0, field.greatest or 0.0
    own = np.sort(own[(own >= least) & (own <= greatest)])
    of_own = places_of(own, field.bins)
    bounds = np.clip(np.array([least, *(field.bins.edges or ()), greatest]), least, greatest)
    is_whole = len(own) > 0 and bool((own == np.round(own)).all())
    found = np.empty(len(ranks))
    for place in np.unique(places):
        rows, mine = places == place, own[of_own == place]
        if len(mine):
            found[rows] = mine[np.minimum((within[rows] * len(mine)).astype(int), len(mine) - 1)]
        else:
            between = bounds[place] + within[rows] * (bounds[place + 1] - bounds[place])
            found[rows] = np.maximum(np.floor(between), np.ceil(bounds[place])) if is_whole else between
    return found


def _category(
    sampled: Sampled, name: str, field: FieldReference, turns: np.ndarray, generator: np.random.Generator
) -> list[object]:
    places = sampled.places(name, field.bins)
    wanted = _wanted(np.asarray(field.counts, float), len(places))
    lacking = wanted - np.bincount(places, minlength=field.bins.size)
    assert field.bins.other is not None
    lacking[field.bins.other] = min(lacking[field.bins.other], 0)  # what other levels there were is not known
    leaving = _leaving(places, lacking, turns)
    joining = generator.permutation(np.repeat(np.arange(field.bins.size), np.maximum(lacking, 0)))
    values = [request.get(name) for request in sampled.requests]
    for row, place in zip(leaving, joining, strict=False):
        values[row] = _level(field.bins, int(place))
    return values


def _wanted(counts: np.ndarray, requests: int) -> np.ndarray:
    """(bins,) whole numbers of requests in the reference's shares, by largest remainders."""
    exact = requests * counts / counts.sum()
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: requests - int(whole.sum())]] += 1
    return whole


def _leaving(places: np.ndarray, lacking: np.ndarray, turns: np.ndarray) -> Sequence[int]:
    """Rows that leave bins of which there are too many, by their turn."""
    left = np.maximum(-lacking, 0)
    leaving = []
    for row in np.argsort(turns, kind="stable").tolist():
        if left[places[row]]:
            left[places[row]] -= 1
            leaving.append(row)
    return leaving


def _level(bins: Bins, place: int) -> str | None:
    return None if place == bins.missing else bins.levels[place]
