"""Alternatives for a refused client: each as a request of its own, the smallest change granted."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from custom_model.alternatives import BATCH, Alternatives, Move
from custom_model.applications import Applications
from custom_model.costs import Costs
from custom_model.decisions import Decider
from custom_model.errors import BadRequest
from custom_model.history.completed import Completed, request_sources
from custom_model.origin import Origin
from custom_model.params import RequestParams
from custom_model.ranges import Range
from custom_model.rules import RuleBook, Rules, UnusualValues
from custom_model.service import DecisionService

COSTS = {"false_negative": 10, "false_positive": 1}
ASKED = {"alternatives": "refused"}
PARAMS = RequestParams(reasons="none", alternatives="refused")
CREDIT = {"AMT_CREDIT": Move(lower=0.5, steps=25, in_proportion=("AMT_ANNUITY",))}
BOTH = {**CREDIT, "AMT_ANNUITY": Move(higher=2.0, steps=10)}


def offering(decider: Decider, moves: dict[str, Move], **changes: object) -> Decider:
    """The decider under a policy that lets these fields move."""
    return replace(decider, scorecard=decider.scorecard.model_copy(update={"alternatives": moves, **changes}))


@pytest.fixture(scope="module")
def threshold(decider, values) -> float:
    """A threshold with as many clients on either side, where a change of the loan decides for some."""
    everyone = Applications([None] * len(values), values, {})
    return float(np.median([each["probability_of_default"] for each in decider.decide(everyone, PARAMS)]))


@pytest.fixture(scope="module")
def even(decider, threshold) -> Decider:
    """The decider at costs that refuse half of the clients, with two fields that may move."""
    costs = Costs(false_negative=(1 - threshold) / threshold, false_positive=1.0)
    return offering(decider, BOTH, costs=costs)


def request_of(decider: Decider, row: np.ndarray) -> dict:
    """A row of the matrix as an application in a request, as JSON has it."""
    names = {name: dict(enumerate(levels)) for name, levels in decider.contract.categories.items()}
    application = {
        name: names[name][int(value)] if name in names else float(value)
        for name, value in zip(decider.contract.fields, row, strict=True)
        if not np.isnan(value)
    }
    return json.loads(json.dumps(application))


def complete(decider: Decider, values: np.ndarray) -> np.ndarray:
    """The rows with a value of each required field."""
    return values[~np.isnan(values[:, decider.contract.required_columns]).any(axis=1)]


def test_each_alternative_is_the_decision_of_a_request_of_its_own_bit_for_bit(even, values):
    service = DecisionService(even, Origin())
    applications = [request_of(even, row) for row in complete(even, values)]
    answers = service.decide(applications, {**ASKED, "reasons": "none"})

    offered = 0
    for application, answer in zip(applications, answers, strict=True):
        for alternative in answer["alternatives"]:
            (own,) = service.decide([{**application, **json.loads(json.dumps(alternative["values"]))}])
            assert own["decision"] == "granted"
            for figure in ("probability_of_default", "expected_cost_granted", "expected_cost_refused"):
                assert alternative[figure] == own[figure]
            offered += 1
    assert offered >= 5


def test_no_smaller_change_on_the_grid_is_granted(even, values):
    service = DecisionService(even, Origin())
    looked_at = 0
    for row in complete(even, values)[:120]:
        application = request_of(even, row)
        (answer,) = service.decide([application], {**ASKED, "reasons": "none"})
        granted = {each["field"]: each["values"]["AMT_CREDIT"] for each in answer["alternatives"]
                   if each["field"] == "AMT_CREDIT"}  # fmt: skip
        if answer["decision"] != "refused":
            continue
        first = None
        for step in range(1, 26):  # 2 %, 4 %, ... 50 % less
            credit = round(application["AMT_CREDIT"] * (1 - 0.5 * step / 25), 2)
            changed = {**application, "AMT_CREDIT": credit}
            if "AMT_ANNUITY" in application:
                changed["AMT_ANNUITY"] = round(application["AMT_ANNUITY"] * credit / application["AMT_CREDIT"], 2)
            (own,) = service.decide([changed], {"reasons": "none"})
            if own["decision"] == "granted":
                first = credit
                break
        assert granted.get("AMT_CREDIT") == pytest.approx(first, abs=0.011)
        looked_at += 1
    assert looked_at > 20


def test_only_the_loan_changes_and_within_the_policys_share(even, values):
    answers = even.decide(Applications([None] * len(values), values, {}), PARAMS)
    column_of = even.contract.column_of

    seen = set()
    for row, answer in zip(values, answers, strict=True):
        for each in answer["alternatives"]:
            seen.add(each["field"])
            before = {name: row[column_of[name]] for name in each["values"]}
            shares = {name: value / before[name] for name, value in each["values"].items()}
            if each["field"] == "AMT_CREDIT":
                assert set(shares) <= {"AMT_CREDIT", "AMT_ANNUITY"}
                assert 0.5 - 1e-6 <= shares["AMT_CREDIT"] < 1
                assert shares.get("AMT_ANNUITY", shares["AMT_CREDIT"]) == pytest.approx(shares["AMT_CREDIT"], abs=1e-5)
            else:
                assert set(shares) == {"AMT_ANNUITY"}
                assert 1 < shares["AMT_ANNUITY"] <= 3 + 1e-6
    assert seen == {"AMT_CREDIT", "AMT_ANNUITY"}


def test_the_rest_of_an_answer_is_the_same_bits_with_and_without_alternatives(even, values):
    applications = Applications([None] * 100, values[:100], {3: ["CODE_GENDER"]})

    plain = even.decide(applications, RequestParams())
    asked = even.decide(applications, RequestParams(alternatives="refused"))

    assert all("alternatives" not in decision for decision in plain)
    ids = {"decision_id": "", "alternatives": []}
    assert [{**decision, **ids} for decision in plain] == [{**decision, **ids} for decision in asked]


def test_decisions_other_than_refusals_have_none(even, values):
    decisions = even.decide(Applications([None] * len(values), values, {}), PARAMS)

    assert {decision["decision"] for decision in decisions} == {"granted", "refused"}
    assert all(decision["alternatives"] == [] for decision in decisions if decision["decision"] == "granted")
    assert any(decision["alternatives"] for decision in decisions)


def test_a_client_has_the_same_alternatives_alone_and_among_more_than_one_batch_holds(even, values):
    assert len(values) * sum(move.steps for move in BOTH.values()) > 3 * BATCH
    together = even.decide(Applications([None] * len(values), values, {}), PARAMS)

    for row in range(0, len(values), 7):
        (alone,) = even.decide(Applications([None], values[[row]], {}), PARAMS)
        assert alone["alternatives"] == together[row]["alternatives"]


@pytest.mark.parametrize("steps", [1, 7, 100])
@pytest.mark.slow
def test_however_many_are_refused_a_batch_has_at_most_a_thousand_applications(even, values, steps):
    moves = {name: Move(lower=0.5, steps=steps) for name in ("AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL")}
    many = np.tile(np.where(np.isnan(values), 100_000.0, values), (5, 1))
    sizes = []

    def judge(variants: Applications):
        sizes.append(len(variants))
        return [0.5] * len(variants), ["refused"] * len(variants)

    found = Alternatives(even.contract, moves, {}, even.scorecard.costs).find(
        Applications([None] * len(many), many, {}), range(len(many)), judge
    )

    assert max(sizes) <= BATCH
    assert sum(sizes) == len(many) * 3 * steps
    assert list(found.values()) == [[]] * len(many)


def test_a_referred_variant_is_no_alternative(even, values):
    """Where a person would look at the smaller loan, nothing is offered before that."""
    applications = Applications([None] * len(values), values, {})
    dearest = even.scorecard.costs.granted(even.scorecard.costs.threshold)
    reviewing = offering(even, BOTH, costs=even.scorecard.costs.model_copy(update={"review": 0.97 * dearest}))

    offered = [each for answer in reviewing.decide(applications, PARAMS) for each in answer["alternatives"]]

    assert offered
    for each in offered:
        assert each["expected_cost_granted"] <= 0.97 * dearest


def test_a_refusal_of_a_rule_is_not_won_back_by_a_change_within_that_rule(even, values):
    rules = Rules(unusual_values=UnusualValues(otherwise="refuse"))
    strict = replace(even, rules=RuleBook(even.contract, rules, {"AMT_INCOME_TOTAL": Range(seen=(1.0, 2.0))}))

    answers = strict.decide(Applications([None] * 50, values[:50], {}), PARAMS)

    refused_by_rule = [answer for answer in answers if answer["policy_rules"]]
    assert len(refused_by_rule) > 40
    assert all(answer["alternatives"] == [] for answer in refused_by_rule)


@pytest.mark.parametrize(
    ("value", "move", "whole", "tried"),
    [
        (2.0, Move(lower=0.3), True, []),  # 1 would be half of it
        (5.0, Move(lower=0.3), True, [4.0]),
        (0.004, Move(lower=0.9), False, []),
        (0.02, Move(lower=0.99), False, [0.01]),  # never nothing
        (3.0, Move(higher=0.2), True, []),
        (100.0, Move(lower=0.3, steps=3), False, [90.0, 80.0, 70.0]),
    ],
)
def test_no_rounding_goes_beyond_the_policys_share_or_to_nothing(even, values, value, move, whole, tried):
    column = even.contract.column_of["AMT_CREDIT"]
    search = Alternatives(even.contract, {"AMT_CREDIT": move}, {"AMT_CREDIT": Range(whole=whole)}, Costs(**COSTS))
    row = values[:1].copy()
    row[0, column] = value
    seen = []

    def judge(variants):
        seen.extend(variants.values[:, column].tolist())
        return [0.9] * len(variants), ["refused"] * len(variants)

    search.find(Applications([None], row, {}), [0], judge)

    assert seen == tried


def test_an_alternative_is_a_possible_value_of_each_field(even, values):
    ranges = {"AMT_CREDIT": Range(lowest=300_000, whole=True), "AMT_ANNUITY": Range(lowest=1)}
    bounded = offering(even, CREDIT, ranges=ranges)
    bounded = replace(bounded, rules=RuleBook(even.contract, Rules(), ranges))
    service = DecisionService(bounded, Origin())
    rows = complete(even, values)
    rows = rows[rows[:, even.contract.column_of["AMT_CREDIT"]] >= 300_000].copy()
    rows[:, even.contract.column_of["AMT_CREDIT"]] = np.round(rows[:, even.contract.column_of["AMT_CREDIT"]])
    applications = [request_of(even, row) for row in rows]

    offered = 0
    for application, answer in zip(applications, service.decide(applications, ASKED), strict=True):
        for each in answer["alternatives"]:
            assert each["values"]["AMT_CREDIT"] >= 300_000
            assert each["values"]["AMT_CREDIT"] == int(each["values"]["AMT_CREDIT"])
            (own,) = service.decide([{**application, **each["values"]}])  # no problem of a value that cannot be
            assert own["decision"] == "granted"
            offered += 1
    assert offered


def test_a_loan_without_the_amount_has_no_alternative_and_what_follows_may_be_missing(even, values):
    column = even.contract.column_of
    without_credit, without_annuity = values.copy(), values.copy()
    without_credit[:, column["AMT_CREDIT"]] = np.nan
    without_annuity[:, column["AMT_ANNUITY"]] = np.nan
    only_credit = offering(even, CREDIT)
    params = RequestParams(reasons="none", alternatives="refused", simulate=True)

    nothing = only_credit.decide(Applications([None] * len(values), without_credit, {}), params)
    credit_alone = only_credit.decide(Applications([None] * len(values), without_annuity, {}), params)

    assert not any(each["alternatives"] for each in nothing)
    offered = [each["values"] for answer in credit_alone for each in answer["alternatives"]]
    assert offered
    assert all(each.keys() == {"AMT_CREDIT"} for each in offered)


def test_the_threshold_of_a_request_holds_for_its_alternatives(even, values, threshold):
    simulated = RequestParams(threshold=0.8 * threshold, reasons="none", simulate=True, alternatives="refused")

    answers = even.decide(Applications([None] * len(values), values, {}), simulated)

    offered = [each for answer in answers for each in answer["alternatives"]]
    assert offered
    assert all(each["probability_of_default"] < 0.8 * threshold for each in offered)


def test_history_from_the_store_is_the_clients_own_in_each_alternative(even, values):
    class Store:
        def complete(self, contract, applications):
            filled = applications.values.copy()
            filled[:, contract.history_columns] = 9.0
            sources = request_sources(contract, applications.values)
            return Completed(filled, ["store"] * len(sources), "set-1")

    service = DecisionService(even, Origin(), history=Store())
    rows = complete(even, values).copy()
    rows[:, even.contract.history_columns] = np.nan
    applications = [{**request_of(even, row), "SK_ID_CURR": 7} for row in rows]

    offered = 0
    for application, answer in zip(applications, service.decide(applications, ASKED), strict=True):
        for each in answer["alternatives"]:
            (own,) = service.decide([{**application, **each["values"]}])
            assert (own["decision"], own["probability_of_default"]) == ("granted", each["probability_of_default"])
            offered += 1
    assert offered


def test_asking_where_no_field_may_move_is_an_error_by_name(decider, application):
    with pytest.raises(BadRequest) as error:
        DecisionService(decider, Origin()).decide([application], ASKED)

    (problem,) = error.value.body["problems"]
    assert problem["field"] == "params.alternatives"
    assert "no field of the loan that may move" in problem["problem"]


@pytest.mark.parametrize("is_whole", [True, False])
@given(value=st.integers(1, 5_000), share=st.floats(0.01, 0.9), steps=st.integers(1, 60), direction=st.booleans())
def test_rounding_takes_no_value_beyond_the_policys_share(contract, is_whole, value, share, steps, direction):
    """A term of 36 months falls by 30 % to 26, not to 25; an amount of 100.03 to 70.03."""
    move = Move(**{"lower" if direction else "higher": share}, steps=steps)
    amount = float(value) if is_whole else value + 0.03
    column, tried = contract.column_of["AMT_CREDIT"], []

    def judge(variants):
        tried.extend(variants.values[:, column].tolist())
        return [0.0] * len(variants), ["refused"] * len(variants)

    applications = np.full((1, len(contract.fields)), np.nan)
    applications[0, column] = amount
    ranges = {"AMT_CREDIT": Range(whole=is_whole)}
    search = Alternatives(contract, {"AMT_CREDIT": move}, ranges, Costs(false_negative=10, false_positive=1))
    search.find(Applications([None], applications, {}), [0], judge)

    unit = 1.0 if is_whole else 0.01
    shares = [abs(each - amount) / amount for each in tried]
    assert all(0 < each <= share + 1e-6 for each in shares)
    assert shares == sorted(set(shares))
    if share * amount >= unit:  # the furthest one is tried, but for a unit
        assert shares[-1] >= share - unit / amount - 1e-6


@given(share=st.floats(0.01, 0.99), steps=st.integers(1, 100), value=st.floats(0.01, 1e9), decimals=st.integers(0, 9))
def test_the_factors_are_equal_steps_up_to_the_policys_share(share, steps, value, decimals):
    factors = Move(lower=share, steps=steps, decimals=decimals).factors

    assert len(factors) == steps
    assert np.diff(factors, prepend=1.0) == pytest.approx(np.full(steps, -share / steps))
    assert factors[-1] == pytest.approx(1 - share)
    assert Move(higher=share, steps=steps).factors[-1] == pytest.approx(1 + share)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"lower": 0.3, "higher": 0.3},
        {"lower": 1},
        {"lower": 0},
        {"lower": "0.3"},
        {"lower": True},
        {"higher": 10.5},
        {"lower": 0.3, "steps": 0},
        {"lower": 0.3, "steps": 101},
        {"lower": 0.3, "steps": 2.5},
        {"lower": 0.3, "decimals": -1},
        {"lower": 0.3, "downward": 1},
        {"lower": float("nan")},
    ],
)
def test_a_move_has_one_direction_a_share_and_few_steps(wrong):
    with pytest.raises(ValidationError):
        Move.model_validate(wrong)
