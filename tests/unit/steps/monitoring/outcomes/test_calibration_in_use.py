"""The verdict on probabilities, once their loans have ended."""

import numpy as np
import pandas as pd
import pytest

from custom_model.costs import Costs
from steps.monitoring.outcomes.calibration_in_use import NAME, calibration_in_use
from steps.monitoring.outcomes.labels import labels_of
from steps.monitoring.outcomes.loans import loans_of
from steps.monitoring.outcomes.matching import matched
from steps.monitoring.outcomes.maturity import matured
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.decided_windows import window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import NOW, loans_with_outcomes, texts

COSTS, LIMITS = Costs(false_negative=10, false_positive=1), MonitoringLimits()


def judged(probability, default, **changes):
    observed, loans, final = loans_with_outcomes(probability, default, **changes)
    return calibration_in_use(observed.decided.probability, loans.by_model, final, COSTS, LIMITS)


def of_thousand(defaults):
    """1,000 loans at 0.05, of which so many defaulted."""
    return judged(np.full(1_000, 0.05), np.arange(1_000) < defaults)


def test_defaults_are_held_against_the_sum_of_the_probabilities():
    found = of_thousand(80)

    assert (found.loans, found.defaults, found.expected) == (1_000, 80, pytest.approx(50))
    assert found.z == pytest.approx(30 / np.sqrt(1_000 * 0.05 * 0.95))
    assert found.ratio.value == pytest.approx(1.6)
    assert (found.cost_expected, found.cost_realised) == pytest.approx((0.5, 0.8))
    assert found.verdict == (
        "Defaults are 1.60 (1.27 to 1.99) times those expected: the probabilities are too low; each grant cost 0.8000 "
        "where 0.5000 was expected"
    )
    assert "too high" in of_thousand(25).verdict
    assert "as far as 1,000 loans can tell, the probabilities are right" in of_thousand(53).verdict


def test_a_miscalibration_beyond_the_limit_is_an_alarm():
    found = of_thousand(80).after([NAME])

    assert [each.name for each in found.tested] == [NAME]
    assert found.tested[0].p < 0.001
    (alarm,) = found.alarms
    assert alarm.kind == NAME
    assert "train again" in alarm.action
    assert found.shown().blocks[0].is_warning
    assert not of_thousand(80).shown().blocks[0].is_warning


def test_tenths_have_each_their_own_rate():
    probability = np.repeat([0.02, 0.08], 100)
    default = np.tile(np.arange(100) < 6, 2)

    found = judged(probability, default)

    assert [each.loans for each in found.tenths] == [20] * 10
    assert [each.expected for each in found.tenths] == pytest.approx([0.02] * 5 + [0.08] * 5)
    assert sum(each.loans * each.realised.value for each in found.tenths) == pytest.approx(12)


def test_the_refused_and_what_people_changed_are_left_out():
    probability = np.array([0.05] * 100 + [0.5] * 100)
    default = np.ones(200)
    default[:95] = 0

    found = judged(probability, default, final={"d0": "refused", **{f"d{each}": "granted" for each in range(100, 200)}})

    assert (found.loans, found.defaults) == (99, 5)


def test_few_or_provisional_outcomes_are_not_tested():
    assert judged(np.full(99, 0.05), np.arange(99) < 30).tested == []
    young = judged(
        np.full(200, 0.05), np.arange(200) < 60, decided_at=np.full(200, np.datetime64("2027-01-01T00:00", "us"))
    )
    assert young.tested == []
    assert young.verdict.endswith("times those expected, so far")
    assert any("Nothing is tested" in each for each in texts(young))


def test_defaults_alone_accuse_nobody():
    found = judged(np.full(200, 0.05), np.where(np.arange(200) < 20, 1.0, np.nan))

    assert found.tested == []
    assert len(texts(found)) == 1
    assert "defaults alone" in texts(found)[0]


def test_loans_last_seen_too_early_accuse_only_where_they_would_however_they_ended():
    """1,000 loans at 0.05 with 80 defaults; 500 more were last seen good after half a year."""
    observed = window(np.full(1_500, 0.05), decided_at=np.full(1_500, np.datetime64("2025-03-05", "us")))
    day = np.where(np.arange(1_500) < 1_000, "2026-04-01", "2025-09-01")
    table = pd.DataFrame({"decision_id": observed.decision_ids, "date": day, "default": np.arange(1_500) < 80})
    table.loc[:80, "date"] = "2025-06-01"
    loans = loans_of(observed)
    final = matured(matched(labels_of(table), observed, loans.granted, NOW), observed.decided_at, loans, 12, NOW)

    found = calibration_in_use(observed.decided.probability, loans.by_model, final, COSTS, LIMITS)

    assert (found.maturity.early, found.loans) == (501, 999)
    assert found.ratio.value == pytest.approx(80 / (999 * 0.05))
    assert found.ratio_with_early == pytest.approx(80 / 75)
    assert found.p == 1.0  # 80 of 75 is within a tenth
    assert any("takes the milder of both" in each for each in texts(found))


def test_no_outcome_gives_a_sentence():
    found = judged(np.full(3, 0.05), np.full(3, np.nan))

    assert texts(found) == ["No loan that the model granted has an outcome that counts."]
    assert found.model_dump_json()
