"""What counts as a season: it comes again in each half of the data, and is no chance, no trend and no single month."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from steps.description.calendars import Calendar
from steps.description.seasons import FALSE_FINDINGS, Days, season

FIRST = (date(2014, 3, 5) - date(1970, 1, 1)).days
YEARS = 4
TESTS = 2  # one column, both calendars
Rates = Callable[[np.ndarray], np.ndarray]


def loans(rate: Rates, seed: int = 0, clients: int = 20_000, years: float = YEARS) -> Days:
    """Clients of as many years, whose chance of a default depends on their day."""
    chance = np.random.default_rng(seed)
    days = np.sort(FIRST + chance.integers(0, int(365.25 * years), clients))
    is_bad = chance.random(clients) < rate(days)
    day, first = np.unique(days, return_index=True)
    return Days(day, np.diff(np.append(first, clients)), np.add.reduceat(is_bad.astype(np.int64), first))


def month(days: np.ndarray) -> np.ndarray:
    """0 for January, from the calendar itself."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12


def is_weekend(days: np.ndarray) -> np.ndarray:
    return ~np.is_busday(days.astype("datetime64[D]"))


def passed(days: np.ndarray) -> np.ndarray:
    """0 for the first day to 1 for the last."""
    return (days - FIRST) / (365.25 * YEARS)


def found(days: Days) -> set[Calendar]:
    seasons = {calendar: season(days, calendar) for calendar in Calendar}
    return {calendar for calendar, each in seasons.items() if each is not None and each.tells(TESTS)}


EQUAL: Rates = lambda days: np.full(len(days), 0.1)  # noqa: E731
TELLING: dict[str, tuple[Rates, set[Calendar]]] = {
    "December": (lambda days: 0.1 + 0.1 * (month(days) == 11), {Calendar.month}),
    "summer and winter": (lambda days: 0.1 + 0.05 * np.sin(2 * np.pi * month(days) / 12), {Calendar.month}),
    "a season on a trend": (
        lambda days: 0.05 + 0.1 * passed(days) + 0.05 * np.sin(2 * np.pi * month(days) / 12), {Calendar.month}
    ),
    "the weekend": (lambda days: 0.1 + 0.06 * is_weekend(days), {Calendar.weekday}),
    "both": (lambda days: 0.1 + 0.1 * (month(days) == 11) + 0.06 * is_weekend(days), set(Calendar)),
}  # fmt: skip
SILENT: dict[str, Rates] = {
    "a line up": lambda days: 0.05 + 0.2 * passed(days),
    "a line down": lambda days: 0.25 - 0.2 * passed(days),
    "a curve": lambda days: 0.05 + 0.2 * passed(days) ** 3,
    "a step": lambda days: 0.05 + 0.15 * (passed(days) > 0.6),
    "one bad December": lambda days: 0.1 + 0.2 * ((month(days) == 11) & (passed(days) < 0.25)),
    "one bad spring": lambda days: 0.1 + 0.2 * ((month(days) < 4) & (abs(passed(days) - 0.75) < 0.15)),
}


@pytest.mark.parametrize(("rate", "expected"), TELLING.values(), ids=TELLING)
def test_a_month_or_weekday_that_tells_every_time_is_found(rate, expected):
    assert found(loans(rate)) == expected


@pytest.mark.slow  # twenty files each
@pytest.mark.parametrize("rate", SILENT.values(), ids=SILENT)
def test_a_trend_a_step_or_a_single_bad_month_is_no_season(rate):
    assert [each for seed in range(20) if (each := found(loans(rate, seed)))] == []


@pytest.mark.slow  # hundreds of files
@pytest.mark.parametrize("years", [2.1, 5])
def test_random_outcomes_have_at_most_the_stated_share_of_findings(years):
    files = [found(loans(EQUAL, seed, clients=2_000, years=years)) for seed in range(400)]

    assert sum(map(bool, files)) <= FALSE_FINDINGS * len(files)


def test_bad_months_at_random_are_no_season_however_many_the_clients():
    """Of a million clients every difference between months is beyond chance; only one that comes again is a season."""

    def rate(days: np.ndarray) -> np.ndarray:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int)
        shocks = np.random.default_rng(int(days.sum()) % 2**32).normal(0, 0.02, months.max() + 1)
        return np.clip(0.1 + shocks[months], 0, 1)

    assert [each for seed in range(10) if (each := found(loans(rate, seed, clients=1_000_000)))] == []


def test_a_difference_that_hardly_matters_is_not_found_however_many_the_clients():
    tiny = season(loans(lambda days: 0.1 + 0.005 * (month(days) == 11), clients=2_000_000), Calendar.month)

    assert tiny.p_value < 0.001
    assert not tiny.tells(TESTS)


def test_rates_are_those_of_each_level():
    days = loans(lambda days: 0.1 + 0.1 * (month(days) == 11))
    in_december = month(days.day) == 11

    rates = season(days, Calendar.month).rates

    assert list(rates) == list(range(1, 13))
    assert rates[12] == pytest.approx(days.defaults[in_december].sum() / days.rows[in_december].sum())


def test_one_is_monday():
    monday = (date(2018, 1, 1) - date(1970, 1, 1)).days
    days = np.arange(monday, monday + 7 * 20)
    on_mondays = Days(days, np.full(140, 100), np.where(np.arange(140) % 7 == 0, 30, 10))

    assert season(on_mondays, Calendar.weekday).rates == pytest.approx({1: 0.3, **dict.fromkeys(range(2, 8), 0.1)})


def by_month(first: str, months: int) -> Days:
    """Loans dated to the first of their month, as `Dec-2011` is read; those of December go wrong most often."""
    begins = np.arange(np.datetime64(first), np.datetime64(first) + months)
    days = begins.astype("datetime64[D]").astype(np.int64)
    return Days(days, np.full(months, 1_000), np.where(month(days) == 11, 300, 100) + np.arange(months) % 5)


def test_dates_of_months_have_months_and_no_weekdays():
    assert season(by_month("2012-01", 24), Calendar.month).tells(TESTS)
    assert season(by_month("2012-01", 60), Calendar.weekday) is None


SHORT = {
    "less than two years": (by_month("2012-01", 23), Calendar.month),
    "less than eight weeks": (loans(EQUAL, years=50 / 365.25), Calendar.weekday),
    "few clients": (loans(EQUAL, clients=100), Calendar.month),
    "no default": (loans(lambda days: np.zeros(len(days))), Calendar.month),
    "no day": (Days(*(np.array([], np.int64),) * 3), Calendar.weekday),
    "two weekdays": (
        Days(*(each[np.isin((loans(EQUAL).day + 3) % 7, [0, 3])] for each in loans(EQUAL))), Calendar.weekday
    ),
}  # fmt: skip


@pytest.mark.parametrize(("days", "calendar"), SHORT.values(), ids=SHORT)
def test_what_too_few_dates_cannot_show_is_not_asked(days, calendar):
    assert season(days, calendar) is None
