"""Realised cost, ranking and cohorts of loans."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custom_model.costs import Costs
from steps.monitoring.outcomes.realised import realised
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import loans_with_outcomes, table_of, texts

COSTS = Costs(false_negative=10, false_positive=1)


def measured(probability, default, **changes):
    return realised(*loans_with_outcomes(probability, default, **changes), COSTS)


def test_a_default_costs_ten_and_a_good_loan_nothing():
    found = measured(np.full(100, 0.05), np.arange(100) < 4)

    assert found.cost.value == pytest.approx(0.4)
    assert found.cost_expected == pytest.approx(0.5)
    assert found.default_rate.percent() == "4.0% (1.6% to 9.8%)"
    assert found.cost.low == pytest.approx(10 * found.default_rate.low)


def test_the_ranking_is_that_among_the_granted_and_is_never_to_be_held_against_the_holdouts():
    generator = np.random.default_rng(2)
    probability = generator.beta(1.2, 14, 4_000)
    default = (generator.random(4_000) < probability).astype(float)

    found = measured(probability, default)

    granted = probability < 1 / 11
    assert found.loans == granted.sum()
    assert found.auc.value == pytest.approx(roc_auc_score(default[granted], probability[granted]))
    assert found.auc.value < roc_auc_score(default, probability) - 0.05
    assert any("Never hold it against the holdout's" in each for each in texts(found))


def test_cohorts_are_months_of_the_decision_with_their_own_rates():
    times = np.repeat(np.array(["2025-01-31T23:00", "2025-03-01T01:00"], "datetime64[us]"), [40, 60])
    probability = np.where(np.arange(100) % 2, 0.05, 0.5)  # every other one is refused
    default = np.where(np.arange(100) < 40, np.arange(100) < 8, 0)

    found = measured(probability, default, decided_at=times)

    first, empty, last = found.cohorts
    assert (first.start, empty.start, last.start) == ("2025-01", "2025-02", "2025-03")
    assert (first.decisions, first.granted.value, first.loans) == (40, 0.5, 20)
    assert first.default_rate.value == pytest.approx(4 / 20)
    assert (first.cost_expected, first.cost_realised) == pytest.approx((0.5, 2.0))
    assert (empty.decisions, empty.granted.value) == (0, None)
    assert (last.loans, last.cost_realised) == (30, 0.0)
    assert [row[0] for row in table_of(found)] == ["2025-01", "2025-03"]


def test_figures_of_fewer_than_twenty_loans_are_not_shown():
    found = measured(np.full(40, 0.05), np.where(np.arange(40) < 19, 0.0, np.nan))

    assert (found.cohorts[0].loans, found.cohorts[0].default_rate.value, found.auc.value) == (19, None, None)


def test_long_windows_have_cohorts_of_quarters():
    times = np.array(["2022-02-01", "2025-03-01"], "datetime64[us]")

    found = measured([0.05, 0.05], [0, 1], decided_at=times)

    assert (found.unit, found.cohorts[0].start, found.cohorts[-1].start) == ("quarter", "2022 Q1", "2025 Q1")


def test_nothing_known_gives_a_sentence():
    assert texts(measured([0.05], [np.nan]))[0] == "No rate of default can be told."
    assert texts(measured(np.full(30, 0.05), np.ones(30)))[0] == "No rate of default can be told."
    assert measured([], []).model_dump_json()
