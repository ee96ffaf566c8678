"""JSON bodies become a payload and params, or an error that names the problem and repeats no value."""

import pytest

from custom_model.contract import Contract
from custom_model.errors import MAX_PROBLEMS, BadRequest
from custom_model.server.json_body import parse_json

CONTRACT = Contract(id="ID", numeric=("A",), categories={"B": ("x", "y")})
MAX_ROWS = 2
ROWS = [{"A": 1, "B": "x"}, {"A": None, "B": "y"}]


def parse(body):
    return parse_json(body, MAX_ROWS, CONTRACT)


@pytest.mark.parametrize(
    "body",
    [
        b'{"inputs": [{"A": 1, "B": "x"}, {"A": null, "B": "y"}]}',
        b'{"dataframe_records": [{"A": 1, "B": "x"}, {"A": null, "B": "y"}]}',
        b'{"dataframe_split": {"columns": ["A", "B"], "data": [[1, "x"], [null, "y"]]}}',
        b'{"dataframe_split": {"index": [4, 5], "columns": ["A", "B"], "data": [[1, "x"], [null, "y"]]}}',
    ],
)
def test_all_formats_of_the_same_rows_are_equal(body):
    assert parse(body) == (ROWS, None)


def test_params_are_passed_on_unchanged():
    assert parse(b'{"params": {"threshold": "S3CRET"}, "inputs": 5}') == (5, {"threshold": "S3CRET"})


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b'{"inputs": ["S3CRET"', None, "the body is not JSON that can be read: line 1, column 21"),
        (b'"S3CRET"', None, "expected an object with one of inputs, dataframe_records, dataframe_split, got a string"),
        (b"{}", None, "expected exactly one of inputs, dataframe_records, dataframe_split, got 0"),
        (b'{"inputs": [], "dataframe_split": {}}', None,
         "expected exactly one of inputs, dataframe_records, dataframe_split, got 2"),
        (b'{"inputs": [], "more": "S3CRET"}', "more", "unknown key of the request"),
        (b'{"dataframe_split": "S3CRET"}', "dataframe_split", "expected an object, got a string"),
        (b'{"dataframe_split": {"columns": []}}', "dataframe_split.data", "expected a list, got null"),
        (b'{"dataframe_split": {"columns": [1], "data": []}}', "dataframe_split.columns", "expected strings"),
        (b'{"dataframe_split": {"columns": ["A", "A"], "data": []}}', "A", "the column was sent more than once"),
        (b'{"dataframe_split": {"columns": ["A"], "data": [["S3CRET", 1]]}}', None,
         "expected a list of 1 values, as many as columns"),
        (b'{"dataframe_split": {"columns": [], "data": [], "kind": "S3CRET"}}', "dataframe_split.kind", "unknown key"),
    ],
)  # fmt: skip
def test_an_unreadable_body_is_explained_and_not_repeated(body, field, words):
    assert problems_of(body) == [(field, words)]


def problems_of(body):
    with pytest.raises(BadRequest) as error:
        parse(body)
    assert "S3CRET" not in error.value.serialize_as_json()
    return [(problem["field"], problem["problem"]) for problem in error.value.body["problems"]]


@pytest.mark.parametrize(
    "body",
    [
        b"{%s}" % b",".join(b'"key%d": 1' % n for n in range(MAX_PROBLEMS + 5)),
        b'{"dataframe_split": {%s}}' % b",".join(b'"key%d": 1' % n for n in range(MAX_PROBLEMS + 5)),
        b'{"dataframe_split": {"columns": [%s], "data": []}}' % b",".join(b'"%d"' % (n % 1005) for n in range(2010)),
    ],
    ids=["keys", "keys of a table", "doubled columns"],
)
def test_problems_of_the_form_stop_at_the_limit_and_the_message_says_so(body):
    with pytest.raises(BadRequest, match=r"more than 1000 problems in the request; first: field") as error:
        parse(body)

    assert len(error.value.body["problems"]) == MAX_PROBLEMS
