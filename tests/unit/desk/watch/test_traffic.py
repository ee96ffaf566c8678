"""Decisions added up by period."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from custom_model.decision_log.totals import Totals
from desk.watch.traffic import Sums, traffic_of
from steps.monitoring.decisions.against_reference import mean_with_interval

MONDAY = date(2026, 3, 2)


def totals(day: date, decisions: int, version: str = "1", decision: str = "granted") -> Totals:
    return Totals(day, version, "none", decision, decisions, 0.05 * decisions, 0.5 * decisions, 0.25 * decisions)


def daily(days: int, decisions: int) -> list[Totals]:
    return [totals(MONDAY + timedelta(days=each), decisions) for each in range(days)]


@pytest.mark.parametrize(
    ("days", "decisions", "unit", "periods"),
    [(30, 100, "day", 30), (365, 100, "week", 53), (30, 5, "week", 5), (1_000, 100, "month", 33), (2, 3, "day", 2)],
    ids=["a month", "a year", "few decisions a day", "years", "two days"],
)
def test_periods_are_as_long_as_a_picture_of_rates_needs(days, decisions, unit, periods):
    found = traffic_of(daily(days, decisions), MONDAY, MONDAY + timedelta(days=days - 1))

    assert (found.unit, len(found.periods)) == (unit, periods)
    assert sum(each.sums.decisions for each in found.periods) == found.whole.decisions == days * decisions


def test_periods_follow_each_other_without_a_gap_and_end_with_the_window():
    wednesday, last = MONDAY + timedelta(days=2), MONDAY + timedelta(days=200)

    found = traffic_of(daily(201, 30), wednesday, last).periods

    assert (found[0].first, found[0].last, found[-1].last) == (wednesday, MONDAY + timedelta(days=6), last)
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(found))


def test_days_without_decisions_are_periods_without_a_rate():
    found = traffic_of([totals(MONDAY, 50), totals(MONDAY + timedelta(days=2), 50)], MONDAY, MONDAY + timedelta(days=2))

    assert [each.sums.approval.value for each in found.periods] == [1.0, None, 1.0]


def test_three_periods_with_rates_are_no_course():
    assert not traffic_of(daily(3, 50), MONDAY, MONDAY + timedelta(days=2)).has_course
    assert traffic_of(daily(4, 50), MONDAY, MONDAY + timedelta(days=3)).has_course


def test_the_cost_and_its_interval_are_those_of_the_decisions_themselves():
    cost = np.random.default_rng(3).gamma(2, 0.2, 500)
    sums = Sums(granted=500, cost=float(cost.sum()), squares=float((cost**2).sum()))

    found, expected = sums.mean_cost, mean_with_interval(cost)

    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_versions_are_counted_in_each_period_in_the_order_of_their_numbers():
    found = traffic_of(
        [totals(MONDAY, 30, "10"), totals(MONDAY, 20, "9"), totals(MONDAY + timedelta(days=1), 40, "10")],
        MONDAY,
        MONDAY + timedelta(days=1),
    )

    assert list(found.versions.items()) == [("9", [20, 0]), ("10", [30, 40])]
