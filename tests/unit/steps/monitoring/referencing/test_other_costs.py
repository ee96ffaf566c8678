"""A reference under other costs: what deciding again about the same clients would give, to half a percent."""

from dataclasses import replace

import numpy as np
import pytest

from custom_model.costs import OUTCOMES, Costs, is_refused
from steps.monitoring.decisions.against_reference import p_of_increase
from steps.monitoring.reference import Group, GroupReference, Reference
from steps.monitoring.referencing.binning import number_bins
from steps.monitoring.referencing.building import decided_of
from steps.monitoring.referencing.other_costs import under_other_costs, valued_at
from steps.traffic.comparison import REFERRED, Decisions

BEFORE = Costs(false_negative=10, false_positive=1)
PROBABILITY = np.random.default_rng(9).beta(1, 9, 20_000)
BY_RULE = np.random.default_rng(10).random(20_000) < 0.05


def decisions_at(costs: Costs, referred: np.ndarray) -> Decisions:
    """What a model decides whose rules refer some clients, whatever their scores."""
    outcome = np.where(is_refused(PROBABILITY, costs.threshold), OUTCOMES.index("refused"), 0)
    outcome[referred | costs.needs_review(PROBABILITY)] = REFERRED
    return Decisions(outcome.astype(np.int8), PROBABILITY, np.full(len(PROBABILITY), costs.threshold))


def reference_at(costs: Costs, referred: np.ndarray = BY_RULE) -> Reference:
    score = number_bins(PROBABILITY, 200, [costs.threshold])
    decisions = decisions_at(costs, referred)
    half = np.arange(len(PROBABILITY)) % 2 == 0
    group = GroupReference(Group("half", "even", "x", False), 10_000, {}, decided_of(decisions.of(half), score, costs))
    decided = decided_of(decisions, score, costs)
    return Reference("before", 1, {}, (), score, decided, costs.threshold, {}, 0, 0, (group,))


@pytest.mark.parametrize(
    "costs",
    [
        Costs(false_negative=4, false_positive=1),
        Costs(false_negative=40, false_positive=1),
        Costs(false_negative=100, false_positive=10),
        Costs(false_negative=10, false_positive=1, review=0.6),
    ],
)
def test_decisions_and_costs_are_those_of_deciding_again(costs):
    under = under_other_costs(reference_at(BEFORE), BEFORE, costs, "after")
    again = reference_at(costs)

    for found, expected in [(under.decided, again.decided), (under.groups[0].decided, again.groups[0].decided)]:
        assert found.clients == expected.clients == found.scores.sum()
        for outcome in OUTCOMES:
            assert found.outcomes[outcome] == pytest.approx(expected.outcomes[outcome], abs=0.005 * found.clients)
        assert found.expected_cost == pytest.approx(expected.expected_cost, rel=0.01)
    assert under.threshold == costs.threshold
    assert under.threshold in under.score.edges
    assert under.source == "after"
    assert len(under.decided.scores) == under.score.missing == len(under.decided.referred)


def test_whom_a_rule_refers_stays_referred():
    under = under_other_costs(reference_at(BEFORE), BEFORE, Costs(false_negative=3, false_positive=1), "")

    assert under.decided.outcomes["referred"] == BY_RULE.sum()


def test_the_end_of_a_review_returns_those_that_only_the_costs_referred():
    reviewing = Costs(false_negative=10, false_positive=1, review=0.6)

    under = under_other_costs(reference_at(reviewing, np.zeros(20_000, bool)), reviewing, BEFORE, "")

    expected = reference_at(BEFORE, np.zeros(20_000, bool)).decided
    assert under.decided.outcomes["refused"] == pytest.approx(expected.outcomes["refused"], abs=100)
    assert under.decided.outcomes["referred"] == pytest.approx(0, abs=100)


def test_whom_a_rule_refuses_below_the_threshold_stays_refused():
    reference = reference_at(BEFORE)
    outcomes = {**reference.decided.outcomes}
    outcomes["granted"] -= 300
    outcomes["refused"] += 300
    ruled = replace(reference, decided=replace(reference.decided, outcomes=outcomes))

    without, found = (
        under_other_costs(each, BEFORE, Costs(false_negative=4, false_positive=1), "").decided.outcomes
        for each in (reference, ruled)
    )

    assert found["refused"] == without["refused"] + 300
    assert sum(found.values()) == sum(without.values())


def test_the_same_costs_change_nothing_but_the_source():
    reference = reference_at(BEFORE)

    under = under_other_costs(reference, BEFORE, BEFORE, "after")

    assert under.decided is reference.decided
    assert under.source == "after"


@pytest.mark.parametrize(
    "costs",
    [
        Costs(false_negative=20, false_positive=2),
        Costs(false_negative=40, false_positive=1),
        Costs(false_negative=10, false_positive=1, review=0.6),
    ],
)
def test_the_same_decisions_are_valued_at_other_costs(costs):
    reference = reference_at(BEFORE)

    valued = valued_at(reference, BEFORE, costs)

    decisions = decisions_at(BEFORE, BY_RULE)
    assert valued.decided.expected_cost == pytest.approx(decisions.cost(costs).mean(), rel=0.01)
    assert valued.decided.outcomes == reference.decided.outcomes
    assert valued.threshold == reference.threshold
    half = decisions.of(np.arange(len(PROBABILITY)) % 2 == 0)
    assert valued.groups[0].decided.expected_cost == pytest.approx(half.cost(costs).mean(), rel=0.01)
    assert valued.source == f"before, at today's costs {costs.false_negative:g} : {costs.false_positive:g}"


def test_at_its_own_costs_a_reference_is_as_it_is():
    reference = reference_at(BEFORE)

    assert valued_at(reference, BEFORE, BEFORE) is reference


def test_a_change_of_policy_raises_no_alarm_of_cost_on_traffic_that_is_decided_as_before():
    reference, costs = reference_at(BEFORE), Costs(false_negative=40, false_positive=1)
    window = decisions_at(BEFORE, BY_RULE).cost(costs)[:5_000]

    then, valued = (each.decided.expected_cost for each in (reference, valued_at(reference, BEFORE, costs)))

    assert p_of_increase(window, then, 20_000, tolerated=0.1) < 1e-6
    assert p_of_increase(window, valued, 20_000, tolerated=0.1) > 0.5
