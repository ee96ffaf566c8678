"""Bins made of the values of a reference: quantiles of a number, levels of a category."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from steps.monitoring.bins import Bins

QUANTILES = 20  # bins of a number without a mass at one value
MASS = 0.05  # share of the known values at one value, from which on it has a bin of its own
FEW_VALUES = 20  # of a number, up to which each has a bin of its own
TOLERANCE = 0.0005  # of a quantile's rank: a bound may lie anywhere within, at a number of few digits
LEAST_CLIENTS = 5  # of a level that the contract does not have: a rarer text may be a person's own
MOST_LEVELS = 200  # of a category: more make the reference larger than all other fields


def number_bins(values: np.ndarray, quantiles: int = QUANTILES, own_edges: Collection[float] = ()) -> Bins:
    """The bins of a number, of its values in the reference, (clients,) floats with NaN where missing.

    A number of at most 20 values has a bin for each, from it up to the next, and one on either side. Any other has bins
    of equally many clients, and one for each value that more than 5 % of the known values have, as 0 or 365243. Bounds
    of quantiles are the numbers of the fewest binary digits about there: they are no client's own, and take less room.

    Parameters
    ----------
    values
        Known and missing values.
    quantiles
        Number of bins of equally many clients.
    own_edges
        Further bounds, as the threshold among scores.
    """
    known = np.sort(values[~np.isnan(values)])
    distinct, times = np.unique(known, return_counts=True)
    if len(distinct) <= FEW_VALUES:
        last = np.nextafter(distinct[-1:], np.inf)
        return Bins(_ascending([*distinct, *last, *own_edges]))
    masses = distinct[times > MASS * len(known)]
    rest = known[~np.isin(known, masses)]
    parts = max(1, round(quantiles * len(rest) / len(known)))
    bounds = _between(rest, np.arange(1, parts) / parts) if len(rest) else np.empty(0)
    return Bins(_ascending([*masses, *np.nextafter(masses, np.inf), *bounds, *own_edges]))


def category_bins(values: pa.Array, levels: Sequence[str] = ()) -> Bins:
    """The bins of a category: these levels, and others of five clients or more; at most 200, the most frequent ones.

    `values` are texts, null where missing; in the bins the levels are in their order.
    """
    counted = pc.value_counts(values.drop_null())
    times = dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
    others = [level for level, clients in times.items() if clients >= LEAST_CLIENTS and level not in levels]
    chosen = [*sorted(levels, key=lambda level: -times.get(level, 0)), *sorted(others, key=lambda level: -times[level])]
    return Bins(None, tuple(sorted(chosen[:MOST_LEVELS])))


def _between(ordered: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The numbers of the fewest binary digits that divide ascending values at about these shares."""
    last = len(ordered) - 1
    ranks = shares * len(ordered)
    high = ordered[np.minimum(np.ceil(ranks + TOLERANCE * len(ordered)).astype(int), last)]
    low = ordered[np.maximum(np.floor(ranks - TOLERANCE * len(ordered)).astype(int) - 1, 0)]
    return np.array([_simplest(*pair) for pair in zip(low.tolist(), high.tolist(), strict=True)])


def _simplest(low: float, high: float) -> float:
    """The multiple of the greatest power of two above `low` and up to `high`: of 4.7 to 6.1, 6.0; `high` if equal."""
    if low >= high:
        return high
    _, exponent = np.frexp(max(abs(low), abs(high)))
    for power in range(int(exponent), int(exponent) - 54, -1):
        step = float(np.ldexp(1.0, power))
        multiple = float(np.floor(high / step)) * step
        if multiple > low:
            return multiple
    return high


def _ascending(edges: Sequence[float]) -> tuple[float, ...]:
    return tuple(np.unique(np.array(edges, float)).tolist())
