"""Errors as answers: status, body and nothing else."""

import json

import pytest

from custom_model.errors import MAX_NAME_LENGTH, MAX_PROBLEMS, BadRequest, Fault, Problem, RequestError, shorten

PROBLEMS = [
    Problem(2, "AMT_CREDIT", "expected a number, got a string"),
    Problem(None, "params.reasons", "expected one of"),
]


def test_a_breach_of_the_contract_is_answered_with_400():
    assert BadRequest(PROBLEMS).get_http_status_code() == 400


def test_a_fault_of_the_server_is_answered_with_500():
    assert Fault("0190").get_http_status_code() == 500


@pytest.mark.parametrize(
    ("error", "code"), [(BadRequest(PROBLEMS), "BAD_REQUEST"), (Fault("0190"), "INTERNAL_ERROR")], ids=["bad", "fault"]
)
def test_both_answers_have_code_and_message_like_mlflows(error, code):
    body = json.loads(error.serialize_as_json())

    assert body["error_code"] == code
    assert body["message"] == error.message
    assert isinstance(error, RequestError)


def test_every_problem_is_in_the_body_of_a_bad_request():
    body = json.loads(BadRequest(PROBLEMS).serialize_as_json())

    assert body["problems"] == [
        {"row": 2, "field": "AMT_CREDIT", "problem": "expected a number, got a string"},
        {"row": None, "field": "params.reasons", "problem": "expected one of"},
    ]


@pytest.mark.parametrize("more", [1, 5])
def test_more_problems_than_an_answer_lists_are_counted_as_more_than_that(more):
    body = BadRequest([Problem(row, "A", "is odd") for row in range(MAX_PROBLEMS + more)]).body

    assert [problem["row"] for problem in body["problems"]] == [*range(MAX_PROBLEMS)]
    assert body["message"] == "more than 1000 problems in the request; first: row 0 field A: is odd"


def test_as_many_problems_as_an_answer_lists_are_counted():
    body = BadRequest([Problem(row, "A", "is odd") for row in range(MAX_PROBLEMS)]).body

    assert body["message"].startswith("1000 problems in the request; first: ")


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Problem(0, "A", "is odd"), "1 problem in the request; first: row 0 field A: is odd"),
        (Problem(0, None, "is odd"), "1 problem in the request; first: row 0: is odd"),
        (Problem(None, "params", "is odd"), "1 problem in the request; first: field params: is odd"),
        (Problem(None, None, "is odd"), "1 problem in the request; first: is odd"),
    ],
)
def test_the_message_has_the_place_of_the_first_problem(problem, message):
    assert BadRequest([problem]).message == message


def test_the_message_counts_the_problems():
    assert BadRequest(PROBLEMS).message.startswith("2 problems in the request; first: row 2 field AMT_CREDIT:")


def test_a_fault_has_only_its_incident_id():
    body = json.loads(Fault("0190-incident").serialize_as_json())

    assert body.keys() == {"error_code", "message", "incident_id"}
    assert body["incident_id"] == "0190-incident"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("A", "A"),
        ("x" * MAX_NAME_LENGTH, "x" * MAX_NAME_LENGTH),
        ("x" * (MAX_NAME_LENGTH + 1), "x" * MAX_NAME_LENGTH + "..."),
        (7, "7"),
    ],
)
def test_only_a_long_name_is_cut(name, short):
    assert shorten(name) == short


def test_a_name_that_is_invalid_unicode_still_makes_valid_json():
    body = BadRequest([Problem(0, "\ud800", "unknown field")]).serialize_as_json()

    assert json.loads(body.encode("utf-8"))["problems"][0]["field"] == "\ud800"
