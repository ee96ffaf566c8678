"""Bad requests to both real servers: each gets 400 with every problem and repeats no value."""

import json
import re

import pytest
import requests

from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

NUMBER = "expected a number, got {}"
FINITE = "expected a finite number"
STRING = "expected a string, got {}"
UNKNOWN = "unknown field: the contract has no such column"
REQUIRED = "required, but missing or null"
WHOLE = "expected a whole number, got {}"
BITS = "expected a whole number of at most 64 bits"
INEXACT = "expected a whole number that is sent as one: a float this large may be the id of another client"
TEXT = "expected at most 1,000 characters of valid Unicode, without NUL"
FIELDS = f"expected at most {len(GOOD)} fields, got {5_000 + len(GOOD)}"
THRESHOLD = "expected a number greater than 0 and less than 1"
PARAM = "unknown param: expected one of alternatives, explanation, history, reasons, simulate, threshold"
DECLARED = "must be sent: with a value, or with null where the lender asked and there is none"
REASONS = "expected one of refused, all, none"


def one(**fields):
    """A body with the good application, changed in these fields."""
    return {"inputs": [{**GOOD, **fields}]}


def without(name):
    return {"inputs": [{key: value for key, value in GOOD.items() if key != name}]}


def with_params(**params):
    return {"inputs": [GOOD], "params": params}


# Each line: a description, the body, and every problem as (row, field, text).
BAD = [
    ("not a list but a number", {"inputs": 5}, [(None, None, "expected a list of applications, got a number")]),
    ("not a list but null", {"inputs": None}, [(None, None, "expected a list of applications, got null")]),
    ("not a list but a string", {"inputs": "x"}, [(None, None, "expected a list of applications, got a string")]),
    ("not a list but an object", {"inputs": GOOD}, [(None, None, "expected a list of applications, got an object")]),
    ("not a list but a boolean", {"inputs": True}, [(None, None, "expected a list of applications, got a boolean")]),
    ("a row that is a number", {"inputs": [7]}, [(0, None, "expected an object of fields, got a number")]),
    ("a row that is null", {"inputs": [GOOD, None]}, [(1, None, "expected an object of fields, got null")]),
    ("a row that is a list", {"inputs": [[GOOD]]}, [(0, None, "expected an object of fields, got a list")]),
    ("a row that is a string", {"inputs": ["x"]}, [(0, None, "expected an object of fields, got a string")]),
    ("declared field absent", without("EXT_SOURCE_1"), [(0, "EXT_SOURCE_1", DECLARED)]),
    ("an amount below what can be", one(AMT_CREDIT=-5),
     [(0, "AMT_CREDIT", "expected a number from 1 to 1,000,000,000")]),
    ("a score above what can be", one(EXT_SOURCE_2=26), [(0, "EXT_SOURCE_2", "expected a number from 0 to 1")]),
    ("an age under 18", one(DAYS_BIRTH=-300), [(0, "DAYS_BIRTH", "expected a number from -36,525 to -6,570")]),
    ("history unknown", with_params(history="some"), [(None, "params.history", "expected one of sent, none")]),
    ("simulate a number", with_params(simulate=1), [(None, "params.simulate", "expected true or false")]),
    ("required field absent", without("AMT_CREDIT"), [(0, "AMT_CREDIT", REQUIRED)]),
    ("required field null", one(AMT_CREDIT=None), [(0, "AMT_CREDIT", REQUIRED)]),
    ("another required field absent", without("DAYS_BIRTH"), [(0, "DAYS_BIRTH", REQUIRED)]),
    ("unknown field", one(SHOE_SIZE=42), [(0, "SHOE_SIZE", UNKNOWN)]),
    ("unknown field that is null", one(SHOE_SIZE=None), [(0, "SHOE_SIZE", UNKNOWN)]),
    ("the target is not a field", one(TARGET=1), [(0, "TARGET", UNKNOWN)]),
    ("a field in small letters", one(amt_annuity=1.0), [(0, "amt_annuity", UNKNOWN)]),
    ("an empty name", one(**{"": 1}), [(0, "", UNKNOWN)]),
    ("a derived feature is not a field", one(EXT_SOURCE_MEAN=0.5), [(0, "EXT_SOURCE_MEAN", UNKNOWN)]),
    ("a name too long to repeat", one(**{"N" * 5000: 1}), [(0, "N" * 100 + "...", UNKNOWN)]),
    ("string for a number", one(AMT_ANNUITY="24700.5"), [(0, "AMT_ANNUITY", NUMBER.format("a string"))]),
    ("boolean for a number", one(AMT_ANNUITY=True), [(0, "AMT_ANNUITY", NUMBER.format("a boolean"))]),
    ("list for a number", one(AMT_ANNUITY=[1]), [(0, "AMT_ANNUITY", NUMBER.format("a list"))]),
    ("object for a number", one(AMT_ANNUITY={"a": 1}), [(0, "AMT_ANNUITY", NUMBER.format("an object"))]),
    ("string for a history number", one(BUREAU_ROWS_COUNT_ALL="3"),
     [(0, "BUREAU_ROWS_COUNT_ALL", NUMBER.format("a string"))]),
    ("string for a required number", one(AMT_CREDIT="much"), [(0, "AMT_CREDIT", NUMBER.format("a string"))]),
    ("infinity", one(AMT_ANNUITY=float("inf")), [(0, "AMT_ANNUITY", FINITE)]),
    ("minus infinity", one(EXT_SOURCE_1=float("-inf")), [(0, "EXT_SOURCE_1", FINITE)]),
    ("an integer beyond every float", one(AMT_ANNUITY=10**400), [(0, "AMT_ANNUITY", FINITE)]),
    ("NaN for a required field", one(AMT_CREDIT=float("nan")), [(0, "AMT_CREDIT", REQUIRED)]),
    ("number for a category", one(CODE_GENDER=1), [(0, "CODE_GENDER", STRING.format("a number"))]),
    ("a number with a point for a category", one(CODE_GENDER=1.0),
     [(0, "CODE_GENDER", STRING.format("a number"))]),
    ("boolean for a category", one(FLAG_OWN_CAR=False), [(0, "FLAG_OWN_CAR", STRING.format("a boolean"))]),
    ("list for a category", one(CODE_GENDER=["F"]), [(0, "CODE_GENDER", STRING.format("a list"))]),
    ("object for a category", one(CODE_GENDER={}), [(0, "CODE_GENDER", STRING.format("an object"))]),
    ("a category with NUL", one(CODE_GENDER="a\0b"), [(0, "CODE_GENDER", TEXT)]),
    ("a category of 1,001 characters", one(CODE_GENDER="é" * 1_001), [(0, "CODE_GENDER", TEXT)]),
    ("far more fields than there are", one(**{f"x{n}": 1 for n in range(5_000)}), [(0, None, FIELDS)]),
    ("string for the id", one(SK_ID_CURR="100002"), [(0, "SK_ID_CURR", WHOLE.format("a string"))]),
    ("boolean for the id", one(SK_ID_CURR=True), [(0, "SK_ID_CURR", WHOLE.format("a boolean"))]),
    ("a fraction for the id", one(SK_ID_CURR=1.5), [(0, "SK_ID_CURR", BITS)]),
    ("an id of over 64 bits", one(SK_ID_CURR=2**70), [(0, "SK_ID_CURR", BITS)]),
    ("an id that may be another's as a float", one(SK_ID_CURR=2.0**53), [(0, "SK_ID_CURR", INEXACT)]),
    ("an infinite id", one(SK_ID_CURR=float("inf")), [(0, "SK_ID_CURR", BITS)]),
    ("params a number", {"inputs": [GOOD], "params": 5}, [(None, "params", "expected an object, got a number")]),
    ("params a list", {"inputs": [GOOD], "params": []}, [(None, "params", "expected an object, got a list")]),
    ("unknown param", with_params(verbose=1), [(None, "params.verbose", PARAM)]),
    ("threshold null", with_params(threshold=None), [(None, "params.threshold", THRESHOLD)]),
    ("threshold 0", with_params(threshold=0), [(None, "params.threshold", THRESHOLD)]),
    ("threshold 1", with_params(threshold=1), [(None, "params.threshold", THRESHOLD)]),
    ("threshold below 0", with_params(threshold=-0.1), [(None, "params.threshold", THRESHOLD)]),
    ("threshold a string", with_params(threshold="0.5"), [(None, "params.threshold", THRESHOLD)]),
    ("threshold a boolean", with_params(threshold=True), [(None, "params.threshold", THRESHOLD)]),
    ("threshold NaN", with_params(threshold=float("nan")), [(None, "params.threshold", THRESHOLD)]),
    ("threshold a list", with_params(threshold=[0.5]), [(None, "params.threshold", THRESHOLD)]),
    ("reasons unknown", with_params(reasons="some"), [(None, "params.reasons", REASONS)]),
    ("reasons null", with_params(reasons=None), [(None, "params.reasons", REASONS)]),
    ("reasons a list", with_params(reasons=["all"]), [(None, "params.reasons", REASONS)]),
    ("reasons in capitals", with_params(reasons="ALL"), [(None, "params.reasons", REASONS)]),
    ("problems in params and rows are reported together",
     {"inputs": [{**GOOD, "CODE_GENDER": 3}], "params": {"threshold": 2}},
     [(None, "params.threshold", THRESHOLD), (0, "CODE_GENDER", STRING.format("a number"))]),
    ("every problem of every row is reported",
     {"inputs": [{**GOOD, "AMT_ANNUITY": "x", "NOPE": 1}, GOOD,
                 {**GOOD, "AMT_CREDIT": True, "AMT_INCOME_TOTAL": None, "DAYS_BIRTH": None}, 9]},
     [(0, "AMT_ANNUITY", NUMBER.format("a string")), (0, "NOPE", UNKNOWN),
      (2, "AMT_CREDIT", NUMBER.format("a boolean")), (2, "AMT_INCOME_TOTAL", REQUIRED), (2, "DAYS_BIRTH", REQUIRED),
      (3, None, "expected an object of fields, got a number")]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "problems"), [line[1:] for line in BAD], ids=[line[0] for line in BAD])
def test_bad_request_is_answered_with_every_problem_and_nothing_else(either, stock, body, problems):
    if either != stock and beyond_json(body):
        problems = [(None, None, "the body is not JSON that can be read: line 1, column {}")]

    answer = post(either, body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    content = strict_json(answer.text)
    assert set(content) == {"error_code", "message", "problems"}
    assert content["error_code"] == "BAD_REQUEST"
    assert [unplaced(problem) for problem in content["problems"]] == [
        {"row": row, "field": name, "problem": words} for row, name, words in problems
    ]
    assert content["message"].startswith(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the request")


@pytest.mark.parametrize(
    "body",
    [
        one(AMT_ANNUITY="S3CRET"),
        one(CODE_GENDER=["S3CRET"]),
        one(SK_ID_CURR="S3CRET"),
        one(CODE_GENDER={"S3CRET": 1}),
        {"inputs": ["S3CRET"]},
        {"inputs": "S3CRET"},
        {"inputs": {"AMT_CREDIT": "S3CRET"}},
        with_params(threshold="S3CRET"),
        with_params(reasons="S3CRET"),
        {"inputs": [GOOD], "params": "S3CRET"},
        {"messages": [{**GOOD, "AMT_ANNUITY": "S3CRET"}]},
        {"instances": [{**GOOD, "AMT_ANNUITY": "S3CRET"}]},
        {"dataframe_records": [{**GOOD, "AMT_ANNUITY": "S3CRET"}]},
    ],
)
def test_no_error_repeats_a_value_of_the_request(either, body):
    answer = post(either, body)

    assert answer.status_code == 400
    strict_json(answer.text)
    assert "S3CRET" not in answer.text


def test_a_good_request_is_decided_after_all_the_bad_ones(either):
    assert post(either, one()).status_code == 200


def test_an_empty_list_is_answered_with_an_empty_list(either):
    answer = post(either, {"inputs": []})

    assert answer.status_code == 200
    assert answer.json() == {"predictions": []}


def beyond_json(body):
    """Whether the body has NaN, Infinity or a number beyond a double, which the hardened server refuses as JSON."""
    return any(literal in json.dumps(body) for literal in ("NaN", "Infinity", "0" * 400))


def unplaced(problem):
    return {**problem, "problem": re.sub(r"column \d+", "column {}", problem["problem"])}


def post(server, body):
    """Post as text: requests refuses NaN and Infinity, which other clients send."""
    headers = {"Content-Type": "application/json"}
    return requests.post(f"{server}/invocations", data=json.dumps(body), headers=headers, timeout=60)


def strict_json(text):
    """Parse JSON as other languages do: NaN and Infinity are errors."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)
