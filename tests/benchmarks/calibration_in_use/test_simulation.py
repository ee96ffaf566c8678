"""Wrong probabilities show with loans enough, and right ones are accused at the stated rate at most.

docs/monitoring.md has the figures of many more windows, by `python -m benchmarks.calibration_in_use`.
"""

import numpy as np
import pytest

from benchmarks.calibration_in_use.__main__ import FACTORS, alarm_tables
from benchmarks.calibration_in_use.simulation import Portfolio, granted_probabilities
from steps.run.policy import read_policy

POLICY = read_policy()
LEVEL = POLICY.monitoring.false_alarms
WINDOWS = 400


def alarms(factor, loans, seed=1):
    return float((Portfolio(POLICY, loans, seed).p_values(factor, WINDOWS) < LEVEL).mean())


@pytest.mark.parametrize("factor", [1.0, 0.9, 1.1])
@pytest.mark.parametrize("loans", [100, 1_000, 10_000])
def test_what_the_policy_tolerates_is_accused_at_the_stated_rate_at_most(factor, loans):
    # Of 400 windows at 5 % more than 30 are accused once in 100 such tests.
    assert alarms(factor, loans) <= LEVEL + 2.4 * np.sqrt(LEVEL * (1 - LEVEL) / WINDOWS)


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_shift_of_a_fifth_is_found_with_loans_enough(factor):
    assert alarms(factor, 1_000) < 0.5
    assert alarms(factor, 40_000) > 0.9


def test_all_stated_probabilities_are_of_clients_who_are_granted():
    stated = granted_probabilities(POLICY, 5_000, np.random.default_rng(0))

    assert len(stated) == 5_000
    assert stated.max() < POLICY.costs.threshold
    assert 0.03 < stated.mean() < 0.045


def test_the_tables_have_a_row_for_each_truth_and_fewer_alarms_among_more_comparisons():
    alone, _, among_many = alarm_tables(POLICY, [2_000], 100, seed=3)

    assert [row[0] for row in alone.rows] == [*(f"{factor:g} times" for factor in FACTORS), "defaults expected"]
    found, rarer = (float(table.rows[FACTORS.index(1.5)][1].rstrip("%")) for table in (alone, among_many))
    assert found > rarer


def test_a_window_that_would_not_be_tested_is_an_error():
    with pytest.raises(ValueError, match="expected at least 100 loans, got 99"):
        Portfolio(POLICY, 99, seed=0).p_values(1.0, 1)
