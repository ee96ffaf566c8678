"""Windows of known truth: without drift they alarm no more often than stated, and each planted drift is found.

docs/monitoring.md has the figures of many more windows and columns, by `python -m benchmarks.drift`.
"""

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.drift.__main__ import false_alarm_table, found_tables
from benchmarks.drift.population import KINDS, population
from benchmarks.drift.simulation import TREND_WINDOWS, false_alarms, found_drifts, pairs_of

pytestmark = pytest.mark.slow

LEVEL, WINDOWS = 0.05, 150
MOST = binom.ppf(0.9999, WINDOWS, LEVEL)  # of these windows, by chance


@pytest.fixture(scope="module")
def clients():
    return population(60, seed=3, clients=60_000, reference=40_000)


@pytest.mark.parametrize("requests", [100, 200, 500, 5_000])
def test_windows_without_drift_alarm_no_more_often_than_stated(clients, requests):
    found = false_alarms(clients, requests, WINDOWS, [0.0, 0.005], LEVEL, seed=4)

    assert found.windows == WINDOWS
    assert found.alarms[0.0] <= MOST
    assert found.alarms[0.005] <= found.alarms[0.0]


def test_the_usual_rule_alarms_in_every_small_window_and_in_no_large_one(clients):
    small = false_alarms(clients, 100, 20, [0.005], LEVEL, seed=5)
    large = false_alarms(clients, 5_000, 20, [0.005], LEVEL, seed=5)

    assert small.usual == 20
    assert large.usual == 0


def test_planted_drifts_are_found(clients):
    found = found_drifts(clients, 2_000, 20, tolerated=0.005, level=LEVEL / 2, seed=6)

    for name in ("shift of 0.5 deviations", "new category at 2%", "unit change", "unit named", "empty table named"):
        assert found.by_rule[name] == 20, name
    assert found.by_rule["shift of 0.1 deviations"] < found.by_rule["shift of 0.2 deviations"]
    # 0.05 deviations more in each window: at 0.25 and more the index is 0.06, ten times what is tolerated.
    assert 2 <= np.median(found.trend) <= 6


def test_a_drift_is_found_no_later_in_more_requests(clients):
    few, many = (found_drifts(clients, size, 10, 0.005, LEVEL / 2, seed=7) for size in (100, 5_000))

    assert few.by_rule["shift of 0.2 deviations"] < many.by_rule["shift of 0.2 deviations"] == 10
    assert np.median(few.trend) > np.median(many.trend)


def test_the_population_has_correlated_columns_of_each_kind(clients):
    assert {column.kind for column in clients.columns} == set(KINDS)
    numbers = np.array([column.values for column in clients.columns if column.kind == "number"])
    correlations = np.abs(np.corrcoef(numbers)[np.triu_indices(len(numbers), 1)])
    assert correlations.max() > 0.15
    assert len(clients.table) == 12  # a fifth of the columns may be missing


def test_a_window_counts_each_request_once_in_each_column(clients):
    rows = clients.draw(300, np.random.default_rng(0))

    for pair in pairs_of(clients, rows):
        assert pair.window.sum() == 300
        assert pair.reference.sum() == 40_000


def test_the_tables_have_a_row_for_each_rule_and_each_drift(clients):
    without = false_alarm_table(clients, [100, 200], 2, [0.0, 0.005], LEVEL, seed=0)
    found, usual, trend = found_tables(clients, [100, 200], 2, 0.005, LEVEL / 2, seed=0)

    assert [row[0] for row in without.rows] == ["tolerated PSI 0", "tolerated PSI 0.005", "PSI above 0.1"]
    assert [row[0] for row in found.rows][:3] == [f"shift of {each} deviations" for each in ("0.1", "0.2", "0.5")]
    assert all(len(row) == len(found.header) for row in found.rows)
    assert "unit named" not in [row[0] for row in usual.rows]
    assert trend.title.startswith(f"First of {TREND_WINDOWS} windows")
