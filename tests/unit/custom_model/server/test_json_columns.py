"""What is decoded by the contract's types is what the parser of all bodies reads; the rest is left to that one."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import validate
from custom_model.arrow.applications import judged
from custom_model.arrow.cells import MANY
from custom_model.arrow.columns import Columns
from custom_model.contract import Contract
from custom_model.errors import RequestError
from custom_model.positions import on_record
from custom_model.server import json_body, json_columns
from custom_model.server.json_body import parse_json
from custom_model.server.json_counts import Punctuation

MAX_ROWS = MANY + 2
CONTRACT = Contract(
    id="ID",
    numeric=("A", "N", "é"),
    categories={"B": ("x", "y: z"), "C": ("u",)},
    required=("A",),
)
FEW = Contract(**{**CONTRACT.model_dump(), "numeric": ("A", "N", *(f"F{number}" for number in range(40)))})
ROW = {"ID": 1, "A": 1.5, "N": None, "B": "x", "C": "u"}
TOKENS = [
    *(
        "-0",
        "-0.0",
        "1e400",
        "1E2",
        "01",
        "+1",
        "1.",
        ".5",
        "NaN",
        "1e-400",
        "9007199254740993",
        "18446744073709551616",
    ),
    *(
        "true",
        "false",
        "null",
        "nul",
        "[1]",
        "{}",
        "[]",
        '"1"',
        '"y: z"',
        '"a\\u003ab"',
        '"\\u0078"',
        '"\\ud800"',
        '"{"',
    ),
    *('"\t"', '"é"', "5, 5", '5, "A": 6', '5, "\\u0041": 6', " 7\n", "", "]", "}"),
]
EDITS = st.lists(st.tuples(st.integers(0, MANY - 1), st.integers(0, 4), st.sampled_from(TOKENS)), max_size=3)
PARAMS = st.sampled_from(
    [
        None,
        "null",
        "{}",
        '{"reasons": "none"}',
        '{"reasons": "a:b"}',
        '{"a": 1, "a": 2}',
        "[[1e400]]",
        '{"inputs": [{}]}',
    ]
)


def body_of(form: str, edits: list[tuple], params: str | None, is_compact: bool = False) -> bytes:
    comma, colon = (",", ":") if is_compact else (", ", ": ")
    names, table = (
        [json.dumps(name) for name in ROW],
        [[json.dumps(each) for each in ROW.values()] for _ in range(MANY)],
    )
    for row, place, token in edits:
        table[row][place] = token
    if form == "dataframe_split":
        data = comma.join(f"[{comma.join(row)}]" for row in table)
        content = f'{{"columns"{colon}[{comma.join(names)}]{comma}"data"{colon}[{data}]}}'
    else:
        rows = (comma.join(name + colon + value for name, value in zip(names, row, strict=True)) for row in table)
        content = f"[{comma.join(f'{{{row}}}' for row in rows)}]"
    ending = "" if params is None else f'{comma}"params"{colon}{params}'
    return f'{{"{form}"{colon}{content}{ending}}}'.encode()


def read(body: bytes) -> tuple[object, object]:
    """The payload and the params, or the error twice."""
    try:
        return parse_json(body, MAX_ROWS, CONTRACT)
    except RequestError as error:
        return error.body, error.body


def read_by_the_parser(body: bytes) -> tuple[object, object]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_body, "decode_columns", lambda *_: None)
        return read(body)


@pytest.mark.parametrize("form", ["inputs", "dataframe_records", "dataframe_split"])
@given(edits=EDITS, params=PARAMS, is_compact=st.booleans())
def test_whatever_stands_in_a_body_is_read_as_by_the_parser_of_all_bodies(form, edits, params, is_compact):
    body = body_of(form, edits, params, is_compact)

    (payload, decoded), (rows, expected) = read(body), read_by_the_parser(body)

    assert str(decoded) == str(expected)
    if not isinstance(payload, Columns):
        assert str(payload) == str(rows)
        return
    assert str(payload.as_sent()) == str(rows)
    found = judged(CONTRACT, payload.cells)
    if not found.odd.any():
        applications, problems = validate(CONTRACT, rows)
        assert problems == []
        assert found.applications.values.tobytes("C") == applications.values.tobytes("C")
        assert (found.applications.ids, found.applications.unknown) == (applications.ids, applications.unknown)
        assert payload.requests() == [on_record(CONTRACT, row) for row in rows]


@pytest.mark.parametrize("form", ["inputs", "dataframe_records", "dataframe_split"])
@pytest.mark.parametrize("token", ["7", "-0.0", "null", "1e3"])
def test_plain_values_are_decoded_into_columns(form, token):
    payload, params = read(body_of(form, [(3, 1, "2"), (5, 2, token)], '{"reasons": "none"}'))

    assert isinstance(payload, Columns)
    assert params == {"reasons": "none"}


@pytest.mark.parametrize("form", ["inputs", "dataframe_split"])
def test_a_boolean_among_numbers_is_never_decoded(form):
    assert isinstance(read(body_of(form, [(3, 1, "true")], None))[0], list)


@pytest.fixture
def overlooked(monkeypatch):
    """No row by chance is one whose keys are in another order."""
    monkeypatch.setattr(json_columns, "_are_in_order", lambda *_: True)


@pytest.mark.usefixtures("overlooked")
def test_the_order_of_an_applications_fields_does_not_matter_and_is_on_record_where_names_are():
    valid = {"ID": 7, "A": 1.0, "B": "x"}
    rows = [valid, dict(reversed(valid.items()))] * (MANY // 2)

    for contract in (CONTRACT, FEW):
        payload, _ = parse_json(orjson.dumps({"inputs": rows}), MAX_ROWS, contract)

        assert isinstance(payload, Columns)
        assert payload.requests() == [on_record(contract, row) for row in rows]


@pytest.mark.usefixtures("overlooked")
def test_several_unknown_categories_are_answered_in_the_order_as_sent():
    rows = [{"A": 1.0, "B": "new", "C": "new"}, {"C": "new", "B": "new", "A": 1.0}] * (MANY // 2)
    table = {"columns": ["C", "A", "B"], "data": [["new", 1.0, "new"]] * MANY}

    objects, _ = parse_json(orjson.dumps({"inputs": rows}), MAX_ROWS, CONTRACT)
    split, _ = parse_json(orjson.dumps({"dataframe_split": table}), MAX_ROWS, CONTRACT)

    assert judged(CONTRACT, objects.cells).odd.all()  # each is looked at by itself
    assert judged(CONTRACT, split.cells).applications.unknown == {row: ["C", "B"] for row in range(MANY)}


def test_more_objects_than_a_request_may_have_are_not_decoded(monkeypatch):
    monkeypatch.setattr(
        json_columns, "_list_decoder", lambda *_: pytest.fail("each would take the memory of all fields")
    )
    row = json.dumps(ROW)
    body = f'{{"inputs": [{", ".join([row] * MAX_ROWS + ["{}"] * 3)}]}}'.encode()

    assert json_columns.decode_columns(body, Punctuation(body), MAX_ROWS, CONTRACT, list) is None


def test_rows_in_another_order_than_the_first_are_left_to_the_parser():
    rows = [ROW, *[dict(reversed(ROW.items()))] * MANY]

    payload, _ = parse_json(orjson.dumps({"inputs": rows}), MAX_ROWS, CONTRACT)

    assert payload == rows


def test_keys_beyond_those_that_the_rows_can_have_are_not_decoded(monkeypatch):
    rows = orjson.dumps([ROW] * MANY)
    doubled = b'{"inputs":' + rows.replace(b'"A":1.5', b",".join([b'"A":1.5'] * 3)) + b"}"
    monkeypatch.setattr(json_columns, "_list_decoder", lambda *_: pytest.fail("decoded"))

    with pytest.raises(RequestError):
        parse_json(doubled, MAX_ROWS, CONTRACT)


@pytest.mark.parametrize("name", ['5" pipe', "a\\b", "a\x07b", "a{b", "a]b", "a:b"])
@pytest.mark.parametrize("form", ["inputs", "dataframe_split"])
def test_a_field_of_any_name_is_read(form, name):
    contract = Contract(id="ID", numeric=("A", name), categories={}, required=())
    rows = [{"A": 1.0, name: 2.0} for _ in range(MANY)]
    split = {"columns": ["A", name], "data": [[1.0, 2.0]] * MANY}

    payload, _ = parse_json(orjson.dumps({form: rows if form == "inputs" else split}), MAX_ROWS, contract)

    assert (payload.as_sent() if isinstance(payload, Columns) else payload) == rows
