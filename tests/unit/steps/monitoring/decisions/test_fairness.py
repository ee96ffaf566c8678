"""Approvals of protected groups in use."""

import numpy as np
import pytest

from steps.monitoring.decisions.fairness import fairness, p_of_decrease
from steps.monitoring.reference import Group
from steps.run.monitoring_limits import MonitoringLimits
from tests.unit.steps.monitoring.decided_windows import decided, reference, window
from tests.unit.steps.monitoring.outcomes.outcomes_of_loans import loans_with_outcomes

LIMITS = MonitoringLimits()
WOMEN = Group("Gender", "F", "CODE_GENDER", True, "F")
REGION = Group("region", "1", "REGION", False, "1")


def approvals(group, others, **arrays):
    """A window with so many (granted, decisions) of the group, and of all others."""
    probability = np.concatenate([np.where(np.arange(size) < granted, 0.02, 0.5) for granted, size in (group, others)])
    members = np.arange(len(probability)) < group[1]
    return window(probability, groups=[(WOMEN, members), (REGION, members)], **arrays)


def measured(group, others, then=(6_000, 2_000), of=(18_000, 6_000)):
    """Against a reference of (granted, refused) of the group, and of all clients."""
    whole = reference(*of, groups=[(WOMEN, decided(*then)), (REGION, decided(*then))])
    return fairness(approvals(group, others), whole, LIMITS)


def test_a_group_is_held_against_all_others_then_and_now():
    (found,) = measured((150, 300), (560, 700)).groups

    assert (found.attribute, found.group, found.decisions) == ("Gender", "F", 300)  # a region is not protected
    assert found.granted.value == 0.5
    assert found.reference_granted.value == 0.75
    assert found.ratio.value == pytest.approx(0.5 / 0.8)
    assert found.reference_ratio == pytest.approx(1.0)  # 12,000 of 16,000 others


def test_a_fall_beyond_the_limit_is_an_alarm_and_a_rise_is_none():
    fell, stayed = measured((150, 300), (560, 700)), measured((225, 300), (525, 700))
    rose = measured((270, 300), (420, 700))

    assert fell.tested[0].p < 1e-6
    assert stayed.tested[0].p > 0.5
    assert rose.tested[0].p > 0.999
    name = fell.tested[0].name
    assert name == "approval of Gender F"
    (alarm,) = fell.after([name]).alarms
    assert alarm.kind == "fairness"
    assert "approved 0.62 times as often as all others, and 1.00 times in the reference" in alarm.sentence
    assert fell.after([name]).shown().blocks[0].is_warning
    assert not fell.shown().blocks[0].is_warning


@pytest.mark.parametrize(("size", "clients"), [(50, 2_000), (400, 2_000), (5_000, 20_000)])
def test_a_fall_by_exactly_what_is_tolerated_is_found_at_the_level_at_most(size, clients):
    """All others are granted at 0.7; the group at 0.7 in the reference, and at 0.95 times that now."""
    generator = np.random.default_rng(size)
    now = generator.binomial(size, 0.7 * 0.95, 4_000), generator.binomial(4 * size, 0.7, 4_000)
    then = generator.binomial(clients, 0.7, 4_000), generator.binomial(4 * clients, 0.7, 4_000)

    found = [
        p_of_decrease((own, size, others, 4 * size), (before, clients, of_others, 4 * clients), 0.05)
        for own, others, before, of_others in zip(*now, *then, strict=True)
    ]

    assert np.mean(np.array(found) < 0.05) < 0.062
    assert np.mean(np.array(found) < 0.001) < 0.004


def test_groups_of_fewer_than_twenty_are_not_shown():
    found = measured((10, 19), (560, 700))

    assert (found.groups, found.hidden) == ([], 1)
    assert measured((10, 20), (560, 700), then=(10, 9)).groups == []


def test_few_decisions_are_not_tested():
    assert measured((10, 30), (50, 69)).tested == []
    assert measured((10, 30), (50, 70)).tested != []


def test_a_group_without_anybody_beside_it_has_no_ratio():
    (found,) = measured((150, 300), (0, 0)).groups

    assert (found.ratio.value, found.p) == (None, None)


def test_erased_requests_are_in_no_group_and_not_among_the_others():
    erased = np.arange(1_000) >= 300
    whole = reference(18_000, 6_000, groups=[(WOMEN, decided(6_000, 2_000))])

    (found,) = fairness(approvals((150, 300), (560, 700), erased=erased), whole, LIMITS).groups

    assert found.ratio.value is None


def test_default_rates_are_of_the_loans_of_the_group():
    members = np.arange(200) < 100
    default = np.where(members, np.arange(200) < 10, 0)
    observed, _, final = loans_with_outcomes(np.full(200, 0.05), default, groups=[(WOMEN, members)])

    found = fairness(observed, reference(18_000, 6_000, groups=[(WOMEN, decided(6_000, 2_000))]), LIMITS, final)

    assert found.groups[0].default_rate.value == pytest.approx(0.1)
    assert found.shown().blocks[-1].header[-1] == "defaulted"
