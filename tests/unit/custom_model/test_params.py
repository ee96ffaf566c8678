"""The params of a request."""

import math

import pytest

from custom_model.errors import MAX_PROBLEMS, BadRequest, Problem
from custom_model.params import RequestParams, validate_params

SECRET = "SECRET-4f1d"
THRESHOLD = Problem(None, "params.threshold", "expected a number greater than 0 and less than 1")
REASONS = Problem(None, "params.reasons", "expected one of refused, all, none")


@pytest.mark.parametrize(
    ("payload", "params"),
    [
        (None, RequestParams(None, "refused")),
        ({}, RequestParams(None, "refused")),
        ({"threshold": 0.25}, RequestParams(0.25, "refused", simulate=True)),
        ({"reasons": "all"}, RequestParams(None, "all")),
        ({"reasons": "none", "threshold": 1e-9}, RequestParams(1e-9, "none", simulate=True)),
        ({"history": "none"}, RequestParams(history="none")),
        ({"simulate": True}, RequestParams(simulate=True)),
        ({"simulate": False}, RequestParams()),
    ],
)
def test_absent_params_are_the_policys(payload, params):
    assert validate_params(payload) == (params, [])


@pytest.mark.parametrize(
    "threshold", [0, 1, -0.1, 1.5, math.nan, math.inf, "0.5", None, True, [0.5], {"p": 0.5}, 10**400]
)
def test_a_threshold_must_lie_between_0_and_1(threshold):
    assert validate_params({"threshold": threshold}) == (RequestParams(), [THRESHOLD])


@pytest.mark.parametrize("reasons", ["", "ALL", "some", None, True, 1, ["all"], {"all": True}])
def test_reasons_are_for_refused_all_or_none(reasons):
    assert validate_params({"reasons": reasons}) == (RequestParams(), [REASONS])


@pytest.mark.parametrize("history", ["", "store", None, True, ["none"]])
def test_history_is_sent_or_none(history):
    expected = Problem(None, "params.history", "expected one of sent, none")

    assert validate_params({"history": history}) == (RequestParams(), [expected])


@pytest.mark.parametrize("alternatives", ["", "all", "REFUSED", None, True, ["refused"]])
def test_alternatives_are_for_the_refused_or_none(alternatives):
    expected = Problem(None, "params.alternatives", "expected one of none, refused")

    assert validate_params({"alternatives": alternatives}, has_alternatives=True) == (RequestParams(), [expected])


@pytest.mark.parametrize("explanation", ["", "all", None, True, ["topics"]])
def test_explanations_are_by_topic_or_none(explanation):
    expected = Problem(None, "params.explanation", "expected one of none, topics")

    assert validate_params({"explanation": explanation}) == (RequestParams(), [expected])
    assert validate_params({"explanation": "topics"}) == (RequestParams(explanation="topics"), [])


def test_alternatives_are_looked_for_where_the_policy_lets_the_loan_move():
    asked = {"alternatives": "refused"}

    assert validate_params(asked, has_alternatives=True) == (RequestParams(alternatives="refused"), [])
    assert validate_params({"alternatives": "none"}) == (RequestParams(), [])
    _, (problem,) = validate_params(asked)
    assert (problem.field, problem.problem.split(":")[0]) == ("params.alternatives", "not offered")


@pytest.mark.parametrize("simulate", ["yes", 1, None, 0, [True]])
def test_simulate_is_a_boolean(simulate):
    expected = Problem(None, "params.simulate", "expected true or false")

    assert validate_params({"simulate": simulate}) == (RequestParams(), [expected])


@pytest.mark.parametrize(
    ("request_threshold", "payload", "params"),
    [
        ("simulate", {"threshold": 0.9}, RequestParams(0.9, simulate=True)),
        ("simulate", {"threshold": 0.9, "simulate": False}, RequestParams(0.9, simulate=True)),
        ("allow", {"threshold": 0.9}, RequestParams(0.9)),
        ("allow", {"threshold": 0.9, "simulate": True}, RequestParams(0.9, simulate=True)),
        ("forbid", {"threshold": 0.9, "simulate": True}, RequestParams(0.9, simulate=True)),
        ("forbid", {}, RequestParams()),
    ],
)
def test_a_threshold_of_a_request_simulates_or_decides_as_the_policy_says(request_threshold, payload, params):
    assert validate_params(payload, request_threshold) == (params, [])


def test_a_forbidden_threshold_is_a_problem_unless_the_request_is_a_simulation():
    _, (problem,) = validate_params({"threshold": 0.9, "simulate": False}, "forbid")

    assert problem.field == "params.threshold"
    assert problem.problem.startswith("not allowed")


def test_a_simulation_stays_one_with_a_problem_in_another_param():
    # Else the answer would also demand the fields that a simulation may lack.
    assert validate_params({"simulate": True, "reasons": "some"}) == (RequestParams(simulate=True), [REASONS])


def test_an_unknown_param_is_reported_with_the_known_ones():
    _, problems = validate_params({"treshold": 0.5})

    assert problems == [
        Problem(
            None,
            "params.treshold",
            "unknown param: expected one of alternatives, explanation, history, reasons, simulate, threshold",
        )
    ]


def test_all_problems_are_listed_and_then_no_param_applies():
    params, problems = validate_params({"speed": 1, "threshold": 2, "reasons": "all"})

    assert [problem.field for problem in problems] == ["params.speed", "params.threshold"]
    assert params == RequestParams()


@pytest.mark.parametrize(
    ("payload", "kind"), [([], "a list"), ("all", "a string"), (0.5, "a number"), (True, "a boolean")]
)
def test_params_other_than_an_object_are_a_problem_in_words(payload, kind):
    assert validate_params(payload) == (RequestParams(), [Problem(None, "params", f"expected an object, got {kind}")])


@pytest.mark.parametrize(
    "payload",
    [
        {"threshold": SECRET},
        {"reasons": SECRET},
        {"speed": SECRET},
        {"threshold": [SECRET], "reasons": {"deep": SECRET}},
        [SECRET],
        SECRET,
    ],
)
def test_no_problem_repeats_a_value(payload):
    _, problems = validate_params(payload)

    assert problems
    assert SECRET not in BadRequest(problems).serialize_as_json()


def test_a_long_name_is_cut():
    _, (problem,) = validate_params({"x" * 5_000: 1})

    assert problem.field == "params." + "x" * 100 + "..."


def test_unknown_params_stop_at_one_more_than_an_answer_lists():
    _, problems = validate_params({f"x{n}": 1 for n in range(5_000)})

    assert len(problems) == MAX_PROBLEMS + 1
