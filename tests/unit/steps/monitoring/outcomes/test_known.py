"""All sections on outcomes together."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from custom_model.costs import Costs
from steps.monitoring.outcomes.calibration_in_use import NAME
from steps.monitoring.outcomes.known import known
from steps.monitoring.outcomes.labels import labels_of
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.decided_windows import window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import NOW

COSTS, LIMITS = Costs(false_negative=10, false_positive=1), MonitoringLimits()


def sections(rate, final=None, now=NOW, limits=LIMITS, size=3_000):
    """A window of 2025 in which loans default at `rate` times the stated probability, and its file of labels."""
    generator = np.random.default_rng(7)
    probability = generator.beta(1.2, 14, size)
    decided = np.datetime64("2025-01-01", "us") + np.sort(generator.integers(0, 300 * 86_400 * 10**6, size))
    observed = window(probability, decided_at=decided)
    default = generator.random(size) < rate * probability
    day = decided.astype("datetime64[D]") + np.where(default, generator.integers(10, 360, size), 400)
    loans = pd.DataFrame({"client_id": observed.client_ids, "date": day.astype(str), "default": default.astype(int)})
    return known(observed, labels_of(loans[observed.decided.granted]), final, COSTS, limits, now)


def test_all_loans_of_a_whole_file_are_counted_in_every_section():
    found, _, ended = sections(1.0)

    counts = found.labels.loans_labelled, found.calibration.loans, found.realised.loans, found.vintages.loans
    assert set(counts) == {found.labels.loans}
    assert found.calibration.defaults == found.labels.defaults == ended.default[ended.counted].sum()
    assert found.calibration.cost_realised == pytest.approx(found.realised.cost.value)
    assert found.refused.decisions == 3_000
    assert 0.7 < found.calibration.ratio.value < 1.3
    assert len({each.title for each in found.shown()}) == 5


def test_the_kaplan_meier_curves_end_at_the_rates_of_the_cohorts():
    found, *_ = sections(1.0)

    by_cohort = {each.start: each.default_rate.value for each in found.realised.cohorts}
    for curve in found.vintages.vintages:
        # All defaults come within 360 days, and everyone is watched for 400.
        assert abs(curve.rates[12] - by_cohort[curve.start]) < 1e-12


def test_the_horizon_of_the_policy_decides_which_loans_have_ended():
    months = MonitoringLimits(outcome_months=6)

    early, *_ = sections(1.0, now=NOW - timedelta(days=300))  # April 2026: nobody of May 2025 on has twelve months
    half, *_ = sections(1.0, limits=months)

    assert 0 < early.calibration.loans < early.labels.loans
    assert half.calibration.defaults < half.labels.defaults
    assert half.realised.maturity.later_defaults == half.labels.defaults - half.calibration.defaults


def test_an_alarm_of_calibration_is_one_of_its_section_and_no_id_is_in_any():
    found, *_ = sections(2.0, final={"d0": "granted"})

    assert found.calibration.tested[0].p < 1e-6
    after = found.after([NAME])
    assert after.calibration.alarmed == (NAME,)
    document = after.model_dump_json()
    assert '"d0"' not in document
    assert '"c0"' not in document
    assert after == type(after).model_validate_json(document)


def test_a_file_of_a_running_portfolio_does_not_accuse_a_calibrated_model():
    """A file of 2026-01-31: defaults so far with their days, and everyone else's last look, at the end of a month."""
    generator = np.random.default_rng(11)
    size, today = 60_000, np.datetime64("2026-01-31")
    probability = generator.uniform(0.005, 0.09, size)
    decided = np.datetime64("2024-09-01") + np.sort(generator.integers(0, 500, size))
    default = generator.random(size) < probability
    day = decided + np.where(default, generator.integers(10, 360, size), 10_000)
    seen = pd.DataFrame({"decision_id": [f"d{each}" for each in range(size)], "date": np.minimum(day, today)})
    seen["default"] = (day <= today).astype(int)
    observed = window(probability, decided_at=decided.astype("datetime64[us]"))

    found, *_ = known(observed, labels_of(seen.astype({"date": str})), None, COSTS, LIMITS, NOW)

    so_far = seen["default"].sum() / probability.sum()
    assert so_far < 0.75  # who counts young loans as good finds a quarter of the defaults missing
    assert found.calibration.p == 1.0
    assert found.calibration.ratio.low < 1 < found.calibration.ratio.high
    assert found.labels.loans == found.calibration.loans + found.calibration.maturity.young
