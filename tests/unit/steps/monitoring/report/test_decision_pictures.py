"""Pictures of the figures that the report has."""

import numpy as np

from custom_model.costs import Costs
from steps.evaluation.report.pictures import png
from steps.monitoring.decisions.expected import expected_cost
from steps.monitoring.decisions.fairness import fairness
from steps.monitoring.outcomes.calibration_in_use import calibration_in_use
from steps.monitoring.outcomes.vintages import Vintage, Vintages
from steps.monitoring.reference import Group
from steps.monitoring.report.decision_pictures import (
    calibration_picture,
    cost_pictures,
    fairness_picture,
    vintage_picture,
)
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.decided_windows import START, decided, reference, window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import loans_with_outcomes

COSTS, LIMITS = Costs(false_negative=10, false_positive=1), MonitoringLimits()


def names(section):
    return {each.name for each in section.shown().blocks if each.kind == "picture"}


def test_a_line_over_time_is_broken_where_a_period_has_no_decision():
    times = START + np.repeat([0, 1, 4], 30) * np.timedelta64(1, "D")
    found = expected_cost(window(np.full(90, 0.05), decided_at=times), reference(60, 40), COSTS, LIMITS)

    pictures = cost_pictures(found)

    assert pictures.keys() == names(found)
    line = pictures["expected_cost_over_time"].axes[0].get_lines()[0]
    assert np.isnan(line.get_ydata()).sum() == len(found.periods) - 3
    assert png(pictures["approval_over_time"]).startswith(b"\x89PNG")


def test_a_single_period_is_a_row_and_no_picture():
    found = expected_cost(window(np.full(30, 0.05), decided_at=np.full(30, START)), reference(60, 40), COSTS, LIMITS)

    assert cost_pictures(found) == {}
    assert names(found) == set()


def test_sections_without_figures_draw_nothing():
    observed, loans, final = loans_with_outcomes([], [])

    assert cost_pictures(expected_cost(observed, reference(60, 40), COSTS, LIMITS)) == {}
    assert calibration_picture(calibration_in_use(np.empty(0), loans.by_model, final, COSTS, LIMITS)) == {}
    assert fairness_picture(fairness(observed, reference(60, 40), LIMITS)) == {}
    assert vintage_picture(Vintages(unit="month", loans=0, undated=0, has_defaults_alone=False, vintages=[])) == {}


def test_points_of_the_calibration_are_its_tenths():
    observed, loans, final = loans_with_outcomes(np.linspace(0.01, 0.09, 400), np.arange(400) % 20 == 0)
    found = calibration_in_use(observed.decided.probability, loans.by_model, final, COSTS, LIMITS)

    pictures = calibration_picture(found)

    assert pictures.keys() == names(found)
    points = pictures["calibration_in_use"].axes[0].get_lines()[1].get_xydata()
    assert points.tolist() == [[each.expected, each.realised.value] for each in found.tenths]


def test_each_vintage_is_a_line_and_each_group_a_pair_of_points():
    curves = [Vintage(start=f"2025-{month:02}", loans=30, rates=[0, 0.1], at_risk=[30, 30]) for month in range(1, 13)]
    found = Vintages(unit="month", loans=360, undated=0, has_defaults_alone=False, vintages=curves)
    odd = Group("Gender", "$F$", "CODE_GENDER", True, "$F$")
    groups = fairness(
        window(np.full(200, 0.05), groups=[(odd, np.arange(200) < 100)]),
        reference(180, 60, groups=[(odd, decided(60, 20))]),
        LIMITS,
    )

    assert len(vintage_picture(found)["vintage_curves"].axes[0].get_lines()) == 12
    assert vintage_picture(found).keys() == names(found)
    picture = fairness_picture(groups)
    assert picture.keys() == names(groups)
    assert [each.get_text() for each in picture["approval_by_group"].axes[0].get_yticklabels()] == [r"Gender: \$F\$"]
    assert png(picture["approval_by_group"]).startswith(b"\x89PNG")
