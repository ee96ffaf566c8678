"""The decision and the figures behind it."""

import uuid
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.decisions import Decider, Decision
from custom_model.params import RequestParams
from custom_model.points import ScoreScale
from custom_model.ranges import Range
from custom_model.rules import RuleBook, Rules
from custom_model.scorer import sigmoid

POLICY = RequestParams()
UNIQUE = {"decision_id"}  # everything else follows from the request


@pytest.fixture
def applications(values) -> Applications:
    rows = values[:60]
    return Applications(list(range(60)), rows, {3: ["CODE_GENDER"]})


def one(applications: Applications, row: int) -> Applications:
    unknown = {0: applications.unknown[row]} if row in applications.unknown else {}
    return Applications([applications.ids[row]], applications.values[[row]], unknown)


def without_unique(decision: Decision) -> dict:
    return {name: value for name, value in decision.items() if name not in UNIQUE}


def test_there_is_one_decision_for_each_application_in_their_order(decider, applications):
    decisions = decider.decide(applications, POLICY)

    assert [decision["client_id"] for decision in decisions] == list(range(60))


def test_no_applications_get_no_decisions(decider):
    assert decider.decide(Applications([], np.empty((0, 11)), {}), POLICY) == []


def test_a_client_is_refused_exactly_from_the_threshold_of_the_costs_on(decider, applications):
    decisions = decider.decide(applications, POLICY)

    assert {decision["decision"] for decision in decisions} == {"granted", "refused"}
    for decision in decisions:
        assert decision["threshold"] == pytest.approx(1 / 11)  # costs of 10 and 1
        assert decision["threshold_source"] == "policy"
        assert (decision["decision"] == "refused") == (decision["probability_of_default"] >= decision["threshold"])


def test_a_client_exactly_at_the_threshold_is_refused(decider, applications):
    (decision,) = decider.decide(one(applications, 0), POLICY)
    probability = decision["probability_of_default"]

    (at,) = decider.decide(one(applications, 0), RequestParams(threshold=probability))
    (above,) = decider.decide(one(applications, 0), RequestParams(threshold=float(np.nextafter(probability, 1))))

    assert (at["decision"], above["decision"]) == ("refused", "granted")


def test_expected_costs_are_those_of_the_probability(decider, applications):
    for decision in decider.decide(applications, POLICY):
        assert decision["expected_cost_granted"] == pytest.approx(10 * decision["probability_of_default"])
        assert decision["expected_cost_refused"] == pytest.approx(1 - decision["probability_of_default"])


def test_under_the_policy_the_decision_is_the_cheaper_one(decider, applications):
    for decision in decider.decide(applications, POLICY):
        cheaper = decision["expected_cost_refused"] < decision["expected_cost_granted"]
        assert (decision["decision"] == "refused") == cheaper


def test_a_threshold_of_the_request_applies_and_is_reported(decider, applications):
    decisions = decider.decide(applications, RequestParams(threshold=0.5))

    assert {decision["threshold"] for decision in decisions} == {0.5}
    assert {decision["threshold_source"] for decision in decisions} == {"request"}


@pytest.mark.parametrize(
    ("reasons", "explained"), [("refused", {"refused"}), ("all", {"granted", "refused"}), ("none", set())]
)
def test_only_the_requested_decisions_are_explained(decider, applications, reasons, explained):
    decisions = decider.decide(applications, RequestParams(reasons=reasons))

    assert {decision["decision"] for decision in decisions if decision["reasons"]} == explained


def test_no_contributions_are_computed_when_nobody_is_refused(decider, applications, monkeypatch):
    monkeypatch.setattr(decider.scorer, "contributions", lambda matrix: pytest.fail("explained a grant"))

    decisions = decider.decide(applications, RequestParams(threshold=0.9999))

    assert {decision["decision"] for decision in decisions} == {"granted"}


def test_an_explanation_starts_at_the_average_client_and_adds_up_to_the_probability(decider, applications):
    decisions = decider.decide(applications, RequestParams(explanation="topics"))

    for decision in decisions:
        explanation = decision["explanation"]
        log_odds = explanation["expected_log_odds"] + sum(each["contribution"] for each in explanation["topics"])
        assert sigmoid(log_odds) == pytest.approx(decision["probability_of_default"], rel=1e-9)
        sizes = [abs(each["contribution"]) for each in explanation["topics"]]
        assert sizes == sorted(sizes, reverse=True)
    assert any(decision["explanation"]["topics"] for decision in decisions)


def test_an_explanation_changes_nothing_else_of_a_decision(decider, applications):
    explained = decider.decide(applications, RequestParams(explanation="topics"))
    plain = decider.decide(applications, RequestParams())

    for with_topics, without in zip(explained, plain, strict=True):
        with_topics.pop("explanation")
        assert without_unique(with_topics) == without_unique(without)


def test_a_refusal_has_the_same_reasons_whatever_else_is_explained(decider, applications):
    refused_only = decider.decide(applications, RequestParams(reasons="refused"))
    everyone = decider.decide(applications, RequestParams(reasons="all"))

    for left, right in zip(refused_only, everyone, strict=True):
        if left["decision"] == "refused":
            assert left["reasons"] == right["reasons"]


@given(rows=st.lists(st.integers(0, 59), min_size=1, max_size=20))
def test_a_batch_is_decided_as_single_requests_are_to_the_last_bit(decider, values, rows):
    batch = Applications(rows, values[rows], {})

    together = decider.decide(batch, RequestParams(reasons="all"))

    for row, decision in enumerate(together):
        (alone,) = decider.decide(one(batch, row), RequestParams(reasons="all"))
        assert without_unique(alone) == without_unique(decision)


def test_every_decision_has_a_unique_identifier_and_is_not_on_record_yet(decider, applications):
    decisions = decider.decide(applications, POLICY)

    assert len({decision["decision_id"] for decision in decisions}) == 60
    assert {uuid.UUID(decision["decision_id"]).version for decision in decisions} == {7}
    assert {decision["recorded"] for decision in decisions} == {False}
    assert {decision["model"] for decision in decisions} == {"credit-scoring/1"}


def test_unknown_categories_are_listed_in_the_decision(decider, applications):
    decisions = decider.decide(applications, POLICY)

    assert [row for row, decision in enumerate(decisions) if decision["unknown_categories"]] == [3]
    assert decisions[3]["unknown_categories"] == ["CODE_GENDER"]


def test_history_is_from_the_request_if_it_has_any_history_field(decider, contract, values):
    with_and_without = values[:2].copy()
    with_and_without[:, contract.column_of["BUREAU_ROWS_COUNT_ALL"]] = [0.0, np.nan]

    decisions = decider.decide(Applications([1, 2], with_and_without, {}), POLICY)

    assert [decision["history"] for decision in decisions] == ["request", "none"]


def test_history_has_the_source_of_each_completed_application(decider, values):
    decisions = decider.decide(Applications([1, 2, 3], values[:3], {}), POLICY, ["store", "none", "request"])

    assert [decision["history"] for decision in decisions] == ["store", "none", "request"]


def test_a_model_without_history_fields_never_has_history(decider, contract, applications):
    without = Decider(
        Contract(**{**contract.model_dump(), "history": ()}),
        decider.scorecard,
        decider.features,
        decider.scorer,
        decider.explainer,
        decider.rules,
        decider.model,
    )

    assert {decision["history"] for decision in without.decide(applications, POLICY)} == {"none"}


@pytest.mark.parametrize(("otherwise", "outcome"), [("refer", "referred"), ("refuse", "refused")])
def test_a_rule_of_the_policy_decides_in_place_of_the_threshold(decider, contract, values, otherwise, outcome):
    column = contract.column_of["AMT_CREDIT"]
    rules = Rules(unusual_values={"otherwise": otherwise, "beyond": 0})
    ranges = {"AMT_CREDIT": Range(seen=(float(np.nanmin(values[:, column])), 1e9))}
    ruled = replace(decider, rules=RuleBook(contract, rules, ranges))
    far = values[:40].copy()
    far[:20, column] = 9e9
    applications = Applications([None] * 40, far, {})

    decisions = ruled.decide(applications, POLICY)

    assert {decision["decision"] for decision in decisions[:20]} == {outcome}
    assert {tuple(decision["policy_rules"]) for decision in decisions[:20]} == {("unusual_values: AMT_CREDIT",)}
    assert {tuple(decision["unusual"]) for decision in decisions[:20]} == {("AMT_CREDIT",)}
    assert [decision["decision"] for decision in decisions[20:]] == [
        decision["decision"] for decision in decider.decide(applications, POLICY)[20:]
    ]
    assert ruled.outcomes(applications) == [decision["decision"] for decision in decisions]
    if outcome == "refused":
        first = [decision["reasons"][0] for decision in decisions[:20]]
        text = "An unusual value is stated: AMT_CREDIT"
        assert {(each["code"], each["feature"], each["text"]) for each in first} == {("UNUSUAL", "AMT_CREDIT", text)}
        assert all(len(decision["reasons"]) <= 4 for decision in decisions)


def test_a_referred_application_has_reasons_for_the_person_who_decides(decider, contract, values):
    rules = Rules(least_information={"past": {"fields": "history", "otherwise": "refer"}})
    without = values[:20].copy()
    without[:, contract.history_columns] = np.nan

    decisions = replace(decider, rules=RuleBook(contract, rules, {})).decide(
        Applications([None] * 20, without, {}), POLICY
    )

    assert {decision["decision"] for decision in decisions} == {"referred"}
    assert all(decision["missing"] == ["past"] for decision in decisions)
    assert any(decision["reasons"] for decision in decisions)


def test_a_simulation_says_that_it_is_one(decider, applications):
    assert {decision["simulated"] for decision in decider.decide(applications, RequestParams(simulate=True))} == {True}
    assert {decision["simulated"] for decision in decider.decide(applications, POLICY)} == {False}


def test_a_decision_has_the_declared_keys_and_only_json_types(decider, applications):
    for decision in decider.decide(applications, RequestParams(reasons="all")):
        assert list(decision) == [name for name in Decision.__annotations__ if name in Decision.__required_keys__]
        assert {type(value) for value in decision.values()} <= {int, float, str, bool, list}
        assert all(type(reason["contribution"]) is float for reason in decision["reasons"])
        assert 0 < decision["probability_of_default"] < 1


def with_costs(decider: Decider, **costs: float) -> Decider:
    changed = decider.scorecard.costs.model_copy(update=costs)
    return replace(decider, scorecard=decider.scorecard.model_copy(update={"costs": changed}))


def test_a_client_for_whom_both_decisions_cost_more_than_a_look_is_referred(decider, applications):
    review = 0.6

    decisions = with_costs(decider, review=review).decide(applications, POLICY)

    outcomes = {decision["decision"] for decision in decisions}
    assert outcomes == {"granted", "refused", "referred"}
    for decision in decisions:
        dear = min(decision["expected_cost_granted"], decision["expected_cost_refused"]) > review
        assert (decision["decision"] == "referred") == dear
        assert decision["policy_rules"] == (["costs: review"] if dear else [])


def test_the_cost_of_a_persons_look_is_in_each_answer_where_the_policy_has_one(decider, applications):
    reviewing = with_costs(decider, review=0.6).decide(applications, POLICY)
    plain = decider.decide(applications, POLICY)

    assert {decision["expected_cost_referred"] for decision in reviewing} == {0.6}
    assert all("expected_cost_referred" not in decision for decision in plain)


def test_a_referral_for_its_cost_has_its_reasons(decider, applications):
    decisions = with_costs(decider, review=0.6).decide(applications, RequestParams(reasons="refused"))

    assert all(decision["reasons"] for decision in decisions if decision["decision"] == "referred")


def test_the_bare_outcomes_are_those_of_the_decisions_with_a_review_too(decider, applications):
    reviewing = with_costs(decider, review=0.6)

    assert reviewing.outcomes(applications) == [
        decision["decision"] for decision in reviewing.decide(applications, POLICY)
    ]


def test_a_threshold_of_the_request_takes_the_place_of_the_costs_and_of_their_review(decider, applications):
    decisions = with_costs(decider, review=0.6).decide(applications, RequestParams(threshold=0.2))

    assert {decision["decision"] for decision in decisions} == {"granted", "refused"}


def test_a_rule_that_refuses_is_not_overruled_by_a_review(decider, applications):
    ranges = {"AMT_CREDIT": Range(seen=(1.0, 2.0))}
    rules = RuleBook(decider.contract, Rules(unusual_values={"otherwise": "refuse", "beyond": 0.0}), ranges)
    reviewing = replace(with_costs(decider, review=0.6), rules=rules)

    decisions = reviewing.decide(applications, POLICY)

    fired = [decision for decision in decisions if decision["policy_rules"] == ["unusual_values: AMT_CREDIT"]]
    assert len(fired) > 40
    assert {decision["decision"] for decision in fired} == {"refused"}


def test_a_decision_has_points_where_the_policy_has_a_scale_for_them_alone(decider, applications):
    scale = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)
    scoring = replace(decider, scorecard=decider.scorecard.model_copy(update={"score": scale}))

    decisions = scoring.decide(applications, POLICY)

    assert [decision["score"] for decision in decisions] == [
        scale.points(decision["probability_of_default"]) for decision in decisions
    ]
    assert not any("score" in decision for decision in decider.decide(applications, POLICY))
