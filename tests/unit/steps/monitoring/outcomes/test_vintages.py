"""Vintage curves."""

import numpy as np
import pandas as pd
import pytest

from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.loans import loans_of
from steps.monitoring.outcomes.matching import matched
from steps.monitoring.outcomes.vintages import cumulative_default_rate, vintages
from tests.unit.steps.monitoring.decided_windows import window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import NOW, texts


def curves(decided_at, dates, defaults):
    observed = window(np.full(len(dates), 0.05), decided_at=decided_at)
    table = pd.DataFrame({"decision_id": observed.decision_ids, "date": dates, "default": defaults})
    loans = loans_of(observed)
    return vintages(observed.decided_at, loans.granted, matched(labels_of(table), observed, loans.granted, NOW))


def test_the_product_limit_takes_those_who_are_no_longer_watched_from_the_rest():
    rates = cumulative_default_rate(
        np.array([10, 20, 30, 40]), np.array([True, False, True, False]), np.array([0, 9, 10, 29, 30, 99])
    )

    assert rates.tolist() == [0, 0, 0.25, 0.25, 0.625, 0.625]


def test_a_default_counts_on_the_day_on_which_another_loan_is_last_seen():
    rates = cumulative_default_rate(np.array([10, 10]), np.array([True, False]), np.array([10]))

    assert rates.tolist() == [0.5]


def test_without_any_last_look_the_curve_is_the_share_of_all():
    generator = np.random.default_rng(4)
    days = generator.integers(0, 400, 1_000)
    is_default = days < 300
    watched = np.where(is_default, days, 800)

    rates = cumulative_default_rate(watched, is_default, np.array([100, 200, 400]))

    assert rates == pytest.approx([(days <= 100).mean(), (days <= 200).mean(), (days < 300).mean()])


def test_a_curve_ends_where_fewer_than_twenty_loans_are_watched():
    """25 loans of January: 5 default after 40 days, 10 are last seen after 100, 10 after 400."""
    days = np.repeat([40, 100, 400], [5, 10, 10])
    start = np.datetime64("2025-01-01")

    found = curves(np.full(25, start), (start + days).astype(str), days == 40)

    (curve,) = found.vintages
    assert (curve.start, curve.loans) == ("2025-01", 25)
    assert curve.rates == pytest.approx([0, 0, 0.2, 0.2])  # 3 months are 91 days; after 121 days 10 are left
    assert curve.at_risk == [25, 25, 20, 20]


def test_cohorts_have_curves_of_their_own_and_small_ones_none():
    start = np.repeat(np.array(["2025-01-05", "2025-02-05", "2025-03-05"], "datetime64[D]"), [40, 40, 19])
    default = np.arange(99) % 40 < np.where(np.arange(99) < 40, 4, 8)

    found = curves(start, (start + np.where(default, 50, 500)).astype(str), default)

    assert [(each.start, each.rates[6]) for each in found.vintages] == [
        ("2025-01", pytest.approx(0.1)),
        ("2025-02", pytest.approx(0.2)),
    ]
    assert found.loans == 99


def test_without_dates_and_with_defaults_alone_the_page_says_why_there_are_none():
    undated = curves(["2025-01-05"] * 30, [None] * 30, np.arange(30) < 3)
    alone = curves(["2025-01-05"] * 30, ["2025-04-05"] * 30, np.ones(30))

    assert texts(undated) == [
        "There are no curves: no label of a loan has a date. 30 loans with an outcome but no date are left out."
    ]
    assert texts(alone)[0].startswith("There are no curves: the file names defaults alone")
