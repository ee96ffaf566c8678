"""The parts of a body's rows and its rest say together what the body says."""

import json

import pytest

from custom_model.server.json_rows import FAR, STRAY, Rows

ROWS = [{"A": number, "B": "a [text], {too}"} for number in range(20)]
TABLE = [[number, "a [text], {too}"] for number in range(20)]


def rows_of(body: str, before: str, at_once: int = 3) -> Rows | None:
    return Rows.of(body.encode(), body.index(before) + len(before), at_once)


@pytest.mark.parametrize("dumps", [json.dumps, lambda content: json.dumps(content, indent=2)])
@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ({"inputs": ROWS}, ROWS),
        ({"params": {"reasons": "none"}, "inputs": ROWS}, ROWS),
        ({"inputs": ROWS, "params": {"reasons": "none"}}, ROWS),
        ({"dataframe_split": {"data": TABLE, "columns": ["A", "B"], "index": [*range(20)]}}, TABLE),
        ({"dataframe_split": {"columns": ["A", "B"], "data": TABLE}, "params": {}}, TABLE),
    ],
)
def test_parts_are_all_rows_and_the_rest_has_the_mark_in_their_place(dumps, content, rows):
    body = dumps(content)
    brackets = "[" if rows is TABLE else "{"
    name = '"data":' if rows is TABLE else '"inputs":'
    first = body.index(brackets, body.index("[", body.index(name)) + 1)

    found = Rows.of(body.encode(), first, 3)

    parts = [json.loads(each) for each in found.lists()]
    assert [row for part in parts for row in part] == rows
    assert len(parts) > 1
    rest = json.loads(found.rest)
    whole = rest["dataframe_split"] if rows is TABLE else rest
    assert whole["data" if rows is TABLE else "inputs"] == [found.mark]
    whole["data" if rows is TABLE else "inputs"] = rows
    assert rest == content


def test_rows_without_an_end_and_too_many_brackets_in_texts_have_no_parts():
    assert rows_of('{"inputs": [{"A": 1}', '"inputs": [') is None
    assert rows_of(json.dumps({"inputs": [{"B": "{" * (STRAY + 3)}]}), '"inputs": [') is None


def test_rows_far_from_each_other_stay_in_one_part():
    apart = '{"inputs": [' + f",{' ' * 2 * FAR}".join(['{"A": 1}'] * 9) + "]}"

    assert [len(json.loads(each)) for each in rows_of(apart, '"inputs": [').lists()] == [9]


def test_the_mark_is_another_each_time():
    body = '{"inputs": [{"A": 1}]}'

    assert rows_of(body, '"inputs": [').mark != rows_of(body, '"inputs": [').mark
