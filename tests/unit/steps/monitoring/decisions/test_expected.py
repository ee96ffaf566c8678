"""Expected cost of a window without outcomes."""

import numpy as np
import pytest

from custom_model.costs import Costs
from steps.monitoring.decisions.expected import APPROVAL, COST, expected_cost
from steps.run.monitoring_limits import MonitoringLimits
from steps.traffic.comparison import GRANTED, REFERRED, REFUSED
from tests.unit.steps.monitoring.decided_windows import START, reference, window

COSTS, LIMITS = Costs(false_negative=10, false_positive=1), MonitoringLimits()


def measured(observed, then=None, costs=COSTS, version="3"):
    return expected_cost(observed, then or reference(60, 40, 0.5), costs, LIMITS, version)


def texts(section):
    return [each.text for each in section.shown().blocks if each.kind == "paragraph"]


def test_a_grant_costs_ten_p_and_a_refusal_one_less_p():
    found = measured(window([0.02, 0.06, 0.5]))

    assert found.cost.value == pytest.approx((0.2 + 0.6 + 0.5) / 3)
    assert found.granted.value == 2 / 3
    assert found.reference_cost == 0.5
    assert found.reference_granted == 0.6


def test_a_referral_costs_the_review():
    costs = Costs(false_negative=10, false_positive=1, review=0.3)

    found = measured(window([0.05, 0.5], outcome=[REFERRED, REFUSED]), costs=costs)

    assert found.cost.value == pytest.approx((0.3 + 0.5) / 2)
    names = {each.name: each for each in found.alternatives}
    # By today's costs 0.05 is referred (granting costs 0.5, refusing 0.95), and 0.5 is refused for 0.5 unless referred.
    assert names["by today's costs, with reviews"].cost == pytest.approx(0.3)


def test_decisions_that_go_to_a_person_are_counted_beside_grants():
    referred = measured(window([0.05, 0.05, 0.05, 0.5], outcome=[REFERRED, REFERRED, GRANTED, REFUSED]))

    assert referred.granted_in_words.endswith("60.0% in the reference; 50.0% go to a person, 0.0% in the reference")
    assert any("counts as the threshold alone would decide" in each for each in texts(referred))
    assert "person" not in measured(window([0.05, 0.5])).granted_in_words


def test_the_unit_of_the_costs_is_explained():
    found = measured(window([0.05]), costs=Costs(false_negative=7, false_positive=2, review=0.3))

    assert any("defaults costs 7, a refused one who would have paid 2" in each for each in texts(found))


def test_periods_are_equal_and_those_without_decisions_are_gaps():
    days = np.repeat([0, 3], 30) * np.timedelta64(1, "D") + START
    probability = np.repeat([0.05, 0.5], 30)

    found = measured(window(probability, decided_at=days + np.arange(60) * np.timedelta64(1, "m")))

    assert found.unit == "day"  # 73 hours are more than 60
    assert len(found.periods) <= 60
    shown = [each for each in found.periods if each.cost.value is not None]
    assert [each.cost.value for each in shown] == pytest.approx([0.5, 0.5])
    assert [each.granted.value for each in shown] == [1.0, 0.0]
    assert sum(each.decisions for each in found.periods) == 60
    assert all(each.cost.value is None for each in found.periods if not each.decisions)


def test_a_period_of_fewer_than_twenty_decisions_has_no_figures():
    found = measured(window(np.full(19, 0.05), decided_at=np.full(19, START)))

    assert [(each.decisions, each.cost.value, each.granted.value) for each in found.periods] == [(19, None, None)]


def test_costs_beyond_the_limit_are_an_alarm_and_a_warning():
    generator = np.random.default_rng(1)
    dear = measured(window(generator.uniform(0.05, 0.12, 2_000)))  # half a grant at 0.7, half a refusal at 0.9

    assert {each.name for each in dear.tested} == {COST, APPROVAL}
    assert dear.cost_p < 1e-6
    found = dear.after([COST, "something else"])
    assert found.alarmed == (COST,)
    (alarm,) = found.alarms
    assert alarm.kind == "cost"
    assert "against the reference's 0.5000" in alarm.sentence
    assert [each.is_warning for each in found.shown().blocks[:2]] == [True, False]
    assert found.shown().blocks[0].text == f"{alarm.sentence}: {alarm.action}."
    assert not dear.shown().blocks[0].is_warning


def test_approvals_beyond_the_limit_are_tested_to_either_side():
    then = reference(6_000, 4_000)
    fewer = measured(window(np.repeat([0.02, 0.5], [500, 500])), then)
    more = measured(window(np.repeat([0.02, 0.5], [700, 300])), then)
    within = measured(window(np.repeat([0.02, 0.5], [570, 430])), then)

    assert fewer.granted_p < 0.005  # 50 % against 60 %, where 5 points are tolerated
    assert more.granted_p == pytest.approx(fewer.granted_p, rel=0.5)
    assert within.granted_p == 1.0


def test_few_decisions_are_not_tested_and_the_page_says_so():
    found = measured(window(np.full(99, 0.05)))

    assert found.tested == []
    assert any("Nothing is tested: the window has 99 decisions" in each for each in texts(found))


def test_an_empty_window_has_no_figure():
    found = measured(window([]))

    assert (found.cost.value, found.granted.value, found.cheapest, found.periods) == (None, None, None, [])
    assert texts(found)[0] == "There is no decision in the window."
    assert found.model_dump_json()


def test_the_cheapest_alternative_of_calibrated_probabilities_is_the_threshold_of_the_costs():
    probability = np.linspace(0.001, 0.4, 400)
    found = measured(window(probability, outcome=np.where(probability < 0.2, GRANTED, REFUSED)))

    by_name = {each.name: each for each in found.alternatives}
    assert found.cheapest.name == "by the reference's threshold, 0.0909"
    assert by_name["as decided"].cost > found.cheapest.cost
    assert by_name["all granted"].cost == pytest.approx(10 * probability.mean())
    assert by_name["all refused"].cost == pytest.approx(1 - probability.mean())
    assert (by_name["all granted"].granted, by_name["all refused"].granted) == (1.0, 0.0)
    assert "by the threshold of today's costs" not in "".join(by_name)  # it is the reference's


def test_other_versions_and_own_thresholds_are_named():
    found = measured(
        window(np.full(5, 0.05), versions=["3", "2", "2", None, "3"], own_threshold=[True, False, False, False, True])
    )

    assert found.other_versions == {"2": 2, "none": 1}
    assert found.own_thresholds == 2
    assert any("version 2 (2)" in each for each in texts(found))
    assert any("2 decisions are by a threshold of their request's own" in each for each in texts(found))
    assert measured(window([0.05], versions=["2"]), version=None).other_versions == {}


def test_another_versions_decisions_are_in_the_figures_and_in_no_test():
    probability = np.repeat([0.02, 0.5], [1_000, 1_000])
    versions = np.repeat(["3", "2"], [1_000, 1_000])

    found = expected_cost(window(probability, versions=versions), reference(9_990, 10), COSTS, LIMITS, "3")

    assert found.granted.value == 0.5  # version 2 refused all of its clients
    assert found.granted_p > 0.9  # and version 3 granted all, nearly as in the reference
    assert found.other_versions == {"2": 1_000}
