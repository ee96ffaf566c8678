"""Unit and bounds of what recipes compute, from those of their columns."""

import pytest

from steps.tables.aggregates import AGGREGATES
from steps.tables.aggregation import history_meanings
from steps.tables.measures import COUNT, FLAG, SHARE, Measure

DEBT = Measure("amount of money")
PAID = Measure("amount of money", 0)
AGO = Measure("days", -100, 0)
GRADE = Measure("grade", 1, 5)


@pytest.mark.parametrize(
    ("function", "column", "expected"),
    [
        ("COUNT", DEBT, COUNT),
        ("MIN", GRADE, GRADE),
        ("MAX", GRADE, GRADE),
        ("MEAN", GRADE, GRADE),
        ("WMEAN", GRADE, GRADE),
        ("MEAN", FLAG, SHARE),  # of four loans with one late, a quarter
        ("SUM", FLAG, COUNT),
        ("SUM", PAID, PAID),
        ("SUM", GRADE, Measure("grade", 0, None)),  # two grades of 5 are more than 5
        ("SUM", AGO, Measure("days", None, 0)),
        ("SUM", DEBT, DEBT),
        ("SLOPE", GRADE, Measure("change per day")),
    ],
)
def test_an_aggregate_has_the_bounds_that_follow_from_its_columns(function, column, expected):
    assert AGGREGATES[function]("X", time="DAYS_DUE").measure(column) == expected


@pytest.mark.parametrize(
    ("feature", "unit", "lowest", "highest"),
    [
        ("BUREAU_ROWS_COUNT_ALL", "count", 0, None),
        ("BUREAU_AMT_CREDIT_SUM_SUM_M12", "amount of money", 0, None),
        ("BUREAU_AMT_CREDIT_SUM_DEBT_MEAN_ALL", "amount of money", None, None),  # overpaid loans have a debt below 0
        ("PREVIOUS_IS_REFUSED_MEAN_M12", "share, 0 to 1", 0, 1),
        ("PREVIOUS_DAYS_DECISION_MAX_ALL", "days before the application, negative", -36525, 0),
        ("BALANCE_WORST_SLOPE_M12", "change per month", None, None),
        ("INSTALMENTS_DAYS_LATE_SLOPE_D365", "change per day", None, None),
        ("CARD_UTILISATION_MEAN_M3_TO_M12", "ratio", None, None),
        ("INSTALMENTS_IS_LATE_MEAN_D90_TO_D365", "ratio", 0, None),  # late only lately: above 1
    ],
)
def test_a_history_feature_has_a_unit_and_bounds(feature, unit, lowest, highest):
    meaning = history_meanings()[feature]

    assert (meaning.unit, meaning.lowest, meaning.highest) == (unit, lowest, highest)
