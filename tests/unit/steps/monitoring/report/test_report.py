"""The report as a whole: its verdict is what its alarms say."""

import pytest

from custom_model.costs import Costs
from steps.evaluation.report.document import LeftOut
from steps.monitoring.decisions.expected import APPROVAL, expected_cost
from steps.monitoring.decisions.fairness import fairness
from steps.monitoring.report.drift import Drift
from steps.monitoring.report.feeds import Feeds
from steps.monitoring.report.report import MonitoringReport
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.decided_windows import reference, window

LIMITS = MonitoringLimits()
UNTESTED = Feeds(requests=50, is_tested=False, broken=[], notes=[])
NO_DRIFT = Drift(
    source="the tests",
    version="3",
    decisions=300,
    requests=50,
    judged=300,
    level=0.025,
    level_of_groups=0.0125,
    tolerated_psi=0.005,
    fields=[],
    history=None,
    score=LeftOut(left_out="too few"),
    outcomes=LeftOut(left_out="too few"),
    reasons=[],
    groups=[],
)


@pytest.mark.parametrize(
    ("alarmed", "verdict"), [([], "too few to be tested: 50 requests on record"), ([APPROVAL], "1 alarm")]
)
def test_an_alarm_on_decisions_is_the_verdict_also_where_most_requests_were_erased(alarmed, verdict):
    observed, then = window([0.5] * 300, erased=[True] * 250 + [False] * 50), reference(6_000, 4_000)
    cost = expected_cost(observed, then, Costs(false_negative=10, false_positive=1), LIMITS, "3")
    report = MonitoringReport.model_construct(
        feeds=UNTESTED,
        cost=cost.after(alarmed),
        drift=NO_DRIFT,
        fairness=fairness(observed, then, LIMITS),
        outcomes=LeftOut(left_out="no labels"),
    )

    assert report.verdict == verdict
