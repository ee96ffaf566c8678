"""Whether the outcome follows the calendar: beyond chance, beyond its trend, and again from year to year.

A trend looks like a season as long as each month was seen once, and a bad month like one until it comes again. So the
trend is taken out, the months are held against their own variation between the years as well as against chance, and
the earlier half of the data must show the same ones as the later.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steps.description.calendars import Calendar

FALSE_FINDINGS = 0.01  # of files in which nothing tells, at most so many have a finding
LEAST_EFFECT = 0.03  # Cramér's V: at a default rate of 10 %, months that differ from it by 0.9 points
LEAST_AGREEMENT = 0.5  # correlation of the earlier and the later half
LEAST_EXPECTED = 5  # defaults, and good loans, of a month in either half (Cochran 1954)
LEAST_LEVELS = 3
LENGTH = {Calendar.month: 12, Calendar.weekday: 7}  # months of a year, days of a week
LEAST_CYCLES = {Calendar.month: 1, Calendar.weekday: 4}  # years or weeks in either half
UNITS_A_YEAR = {Calendar.month: 12.0, Calendar.weekday: 365.25}
SMALLEST = 1e-12  # a sum of squares that rounding leaves
MOST_SEGMENTS = 20  # of the trend, each at least a year long, so that it cannot follow a season

Floats = NDArray[np.floating]
Whole = NDArray[np.int64]


class Days(NamedTuple):
    """The labelled rows of each day, counted.

    `day` is in days since 1970, in ascending order; `rows` and `defaults` are of the same shape.
    """

    day: Whole
    rows: Whole
    defaults: Whole


class Season(NamedTuple):
    """How the outcome follows the calendar.

    Parameters
    ----------
    p_value : float
        Of equal rates but for the trend, by chance and by the variation from year to year (the larger of the two).
    effect : float
        Cramér's V, without what chance adds to it (Bergsma 2013).
    agreement : float
        Correlation of the levels' rates in the earlier and in the later half.
    rates : dict of int to float
        The default rate of each month or weekday with enough rows.
    """

    p_value: float
    effect: float
    agreement: float
    rates: dict[int, float]

    def tells(self, tests: int) -> bool:
        """Whether it is one, where so many columns and calendars were tried (Bonferroni)."""
        return (
            self.p_value * tests <= FALSE_FINDINGS and self.effect >= LEAST_EFFECT and self.agreement >= LEAST_AGREEMENT
        )


def season(days: Days, calendar: Calendar) -> Season | None:
    """The season of these days; None where they are too few, or too short a time, to know."""
    from scipy import stats

    cells = _cells(days, calendar)
    if cells is None:
        return None
    place, level, is_late, rows, defaults = cells
    rate = defaults.sum() / rows.sum()
    levels, index = np.unique(level, return_inverse=True)
    weight = np.sqrt(rows)
    trend = _trend(place / UNITS_A_YEAR[calendar])
    dummies = np.eye(len(levels))[index]
    share = defaults / rows
    _, left_by_trend, of_trend = _fit(trend, share, weight)
    coefficients, left, of_both = _fit(np.hstack([trend, dummies]), share, weight)
    freedom, rest = of_both - of_trend, len(rows) - of_both
    if freedom < 1 or rest < 1:
        return None
    variance = rate * (1 - rate)
    chi2, dispersion = (left_by_trend - left) / variance, max(left, SMALLEST) / variance / rest
    by_chance, by_variation = stats.chi2.sf(chi2, freedom), stats.f.sf(chi2 / freedom / dispersion, freedom, rest)
    effect = np.sqrt(max(0.0, chi2 - freedom * max(1.0, dispersion)) / rows.sum())
    without_trend = share - trend @ coefficients[: trend.shape[1]]
    early, late = (_means(without_trend, rows * part, index) for part in (~is_late, is_late))
    agreement = np.corrcoef(early, late)[0, 1] if early.std() and late.std() else 0.0
    rates = _means(share, rows, index)
    return Season(
        float(max(by_chance, by_variation)), float(effect), float(agreement),
        {int(each): float(value) for each, value in zip(levels, rates, strict=True)},
    )  # fmt: skip


def _cells(days: Days, calendar: Calendar) -> tuple[Whole, Whole, NDArray[np.bool_], Whole, Whole] | None:
    """The rows by month or by day: place in time, level, whether in the later half, rows and defaults.

    None for less than two cycles of the calendar, or fewer than three levels with enough rows in both halves.
    """
    length, least = LENGTH[calendar], LEAST_CYCLES[calendar]
    if calendar is Calendar.month:
        months = days.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        place, first = np.unique(months, return_index=True)
        rows, defaults = (np.add.reduceat(each, first) for each in (days.rows, days.defaults))
        level = place % length + 1
    else:
        place, rows, defaults = days
        level = (place + 3) % length + 1  # the first day of 1970 was a Thursday
    if not len(place) or not 0 < defaults.sum() < rows.sum():
        return None
    cycle = (place[-1] - place) // length  # counted from the latest, so that the later half has whole ones
    cycles = (place[-1] - place[0] + 1) // length
    if cycles < 2 * least or (calendar is Calendar.weekday and not _has_weeks(cycle)):
        return None
    borders = np.arange(least, cycles - least + 1)
    later = np.cumsum(np.bincount(cycle, rows))[borders - 1]
    is_late = cycle < borders[np.abs(later - rows.sum() / 2).argmin()]
    kept = _with_enough(level, is_late, rows, defaults.sum() / rows.sum(), length)
    if len(np.unique(level[kept])) < LEAST_LEVELS:
        return None
    return place[kept], level[kept], is_late[kept], rows[kept], defaults[kept]


def _has_weeks(cycle: Whole) -> bool:
    """Whether most weeks have several days: dates of one day a month, or a week, have no weekday of their own."""
    days = np.unique(cycle, return_counts=True)[1]
    return bool((days > 1).mean() > 0.5)


def _with_enough(level: Whole, is_late: NDArray[np.bool_], rows: Whole, rate: float, length: int) -> NDArray[np.bool_]:
    least = LEAST_EXPECTED / min(rate, 1 - rate)
    enough = [np.bincount(level, rows * part, length + 1) >= least for part in (is_late, ~is_late)]
    return (enough[0] & enough[1])[level]


def _trend(years: Floats) -> Floats:
    """(cells, 2 + knots): a line that may bend once a year at most."""
    since = years - years.min()
    segments = min(MOST_SEGMENTS, max(1, int(since.max())))
    knots = np.linspace(0, since.max(), segments + 1)[1:-1]
    return np.column_stack([np.ones_like(since), since, *(np.maximum(0, since - knot) for knot in knots)])


def _fit(terms: Floats, share: Floats, weight: Floats) -> tuple[Floats, float, int]:
    """Weighted least squares: coefficients, the sum of squares that is left, and the rank."""
    coefficients, _, rank, _ = np.linalg.lstsq(terms * weight[:, None], share * weight, rcond=1e-9)
    left = weight * (share - terms @ coefficients)
    return coefficients, float(left @ left), int(rank)


def _means(values: Floats, rows: Floats | Whole, index: Whole) -> Floats:
    """The mean value of each level."""
    return np.bincount(index, values * rows) / np.bincount(index, rows)
