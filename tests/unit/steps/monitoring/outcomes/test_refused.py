"""Bounds of the cost that nobody sees."""

import numpy as np
import pytest

from custom_model.costs import Costs
from steps.monitoring.outcomes.refused import refused
from steps.traffic.comparison import REFERRED
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import loans_with_outcomes, table_of, texts

COSTS = Costs(false_negative=10, false_positive=1)


def bounded(probability, default, costs=COSTS, **changes):
    observed, loans, final = loans_with_outcomes(probability, default, **changes)
    return refused(observed.decided, loans, final, costs)


def test_the_bounds_are_those_of_refused_who_would_all_have_defaulted_or_none():
    """80 loans at 0.05 of which 8 default, 20 refused at 0.25: loans cost 80 in all, where 40 was expected."""
    found = bounded(np.repeat([0.05, 0.25], [80, 20]), np.where(np.arange(100) < 80, np.arange(100) < 8, np.nan))

    assert (found.decisions, found.loans, found.refused) == (100, 80, 20)
    assert found.best == pytest.approx(0.8)
    assert found.worst == pytest.approx((80 + 20) / 100)
    assert found.by_score == pytest.approx((80 + 20 * 0.75) / 100)
    assert found.corrected == pytest.approx((80 + 20 * 0.5) / 100)  # twice as many defaults as foretold
    assert found.expected == pytest.approx((40 + 20 * 0.75) / 100)
    assert found.best <= min(found.corrected, found.by_score) <= max(found.corrected, found.by_score) <= found.worst


def test_loans_without_an_outcome_cost_what_those_with_one_do():
    found = bounded(np.repeat([0.05, 0.25], [80, 20]), np.where(np.arange(100) < 40, np.arange(100) < 4, np.nan))

    assert found.best == pytest.approx(0.8)


def test_a_referral_costs_its_review_and_is_left_out_without_one():
    probability, outcome = np.repeat([0.05, 0.2], [80, 20]), np.repeat([0, REFERRED], [80, 20])
    default = np.where(np.arange(100) < 80, np.arange(100) < 8, np.nan)

    left_out = bounded(probability, default, outcome=outcome)
    reviewed = bounded(probability, default, Costs(false_negative=10, false_positive=1, review=0.5), outcome=outcome)

    assert (left_out.decisions, left_out.best, left_out.worst) == (80, pytest.approx(1.0), pytest.approx(1.0))
    assert (reviewed.decisions, reviewed.best) == (100, pytest.approx((80 + 20 * 0.5) / 100))


def test_a_refused_client_whom_a_person_granted_is_a_loan_and_the_other_way_round():
    found = bounded(np.repeat([0.05, 0.25], [80, 20]), np.zeros(100), final={"d0": "refused", "d80": "granted"})

    assert (found.loans, found.refused) == (80, 20)


def test_young_decisions_are_left_out():
    times = np.repeat(np.array(["2025-03-05", "2026-06-01"], "datetime64[us]"), [60, 40])

    found = bounded(np.full(100, 0.05), np.zeros(100), decided_at=times)

    assert (found.decisions, found.loans) == (60, 60)


def test_without_outcomes_there_are_no_bounds():
    found = bounded(np.repeat([0.05, 0.25], [80, 20]), np.full(100, np.nan))

    assert found.best is None
    assert texts(found) == ["No loan has an outcome: not even a part of the cost is realised."]
    assert len(table_of(bounded([0.05], [0]))) == 5
