"""A change of a number's unit: values that fit the reference once they are divided by a common factor."""

import numpy as np

from steps.monitoring.drift.sampled import places_of
from steps.monitoring.reference import FieldReference
from steps.quality.stability import index_by_chance, index_of

FACTORS = tuple(
    sign * factor**power
    for factor in (1.0, 10.0, 12.0, 24.0, 60.0, 100.0, 365.25, 1_000.0, 1_000_000.0)
    for power in (1, -1)
    for sign in (1, -1)
    if (factor, sign) != (1.0, 1) and (factor, power) != (1.0, -1)
)
"""Orders of magnitude, months and days of a year, hours of a day, and the opposite sign of each."""
FAR = 0.5  # PSI, twice that of another population, from which on a unit is suspected; or the share out of the range
FITS = 0.1  # PSI below which the divided values are alike (Siddiqi 2006), beside what chance gives
BETTER = 5.0  # times that the divided values must be nearer
WITHIN = 0.98  # share of the divided values in the reference's range
LEAST_VALUES = 50  # other than 0: fewer tell no distribution


def unit_of(values: np.ndarray, field: FieldReference) -> float | None:
    """The factor by which a number's values are multiplied against the reference's; None where none is clear.

    Zeros are the same in each unit, so that distances are those of the other bins, too. A factor is clear only if the
    values lie far from the reference, and all but fit it once they are divided.

    Parameters
    ----------
    values
        (rows,) of the window, NaN where missing.
    field
        The field's reference.

    Returns
    -------
    float or None
        1,000 where a window has grams of a reference in kilograms.
    """
    known = values[~np.isnan(values)]
    if (known != 0).sum() < LEAST_VALUES or field.least is None or field.greatest is None:
        return None
    before, is_outside = _distance(known, field), _inside(known[known != 0], field) < 1 - FAR
    if before < FAR and not is_outside:
        return None
    with np.errstate(over="ignore"):  # of a number near the largest there is, which is outside of any range
        found = min(FACTORS, key=lambda factor: _distance(known / factor, field))
    after = _distance(known / found, field)
    by_chance = index_by_chance(field.bins.missing, int(field.counts.sum()), int((known != 0).sum()))
    fits = after <= FITS + by_chance and _inside(known / found, field) >= WITHIN
    return found if fits and (is_outside or after * BETTER <= before) else None


def _distance(known: np.ndarray, field: FieldReference) -> float:
    """The larger PSI of all known values, and of those outside the bin of zero."""
    counts = field.counts[: field.bins.missing]
    found = np.bincount(places_of(known, field.bins), minlength=field.bins.missing)
    others = np.arange(len(counts)) != int(places_of(np.zeros(1), field.bins)[0])
    return max(index_of(counts, found), index_of(counts[others], found[others]) if others.any() else 0.0)


def _inside(known: np.ndarray, field: FieldReference) -> float:
    """The share within the reference's range, but for the rounding of the division."""
    least, greatest = field.least or 0.0, field.greatest or 0.0
    slack = 1e-9 * max(abs(least), abs(greatest))
    return float(((known >= least - slack) & (known <= greatest + slack)).mean())
