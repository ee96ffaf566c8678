"""Punctuation tells the size of a body before it is parsed, and a doubled key after."""

import json
from time import perf_counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.contract import Contract
from custom_model.errors import BadRequest
from custom_model.server import json_counts
from custom_model.server.errors import TooLarge
from custom_model.server.json_body import parse_json

CONTRACT = Contract(id="ID", id_is_text=True, numeric=("A", "N"), categories={"B": ("x", "y"), "C:D": ("z",)})
MAX_ROWS = 3
DOUBLED = "the key was sent more than once"


def parse(body: bytes, max_rows: int = MAX_ROWS):
    return parse_json(body, max_rows, CONTRACT)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('{"inputs": [{"A": 1, "A": 2}]}', ["A"]),
        ('{"inputs": [{"ID": "7", "ID": "8"}]}', ["ID"]),
        ('{"inputs": [{"A": 1, "A": 1, "N": 2, "N": 3, "B": "x"}]}', ["A", "N"]),
        ('{"inputs": [{"A": 1}, {"A": 1, "A": null}]}', ["A"]),
        ('{"inputs": 5, "inputs": []}', ["inputs"]),
        ('{"inputs": [], "params": null, "params": {"simulate": true}}', ["params"]),
        ('{"inputs": [], "params": {"simulate": false, "simulate": true}}', ["simulate"]),
        ('{"dataframe_records": [{"A": 1, "A": 2}]}', ["A"]),
        ('{"dataframe_split": {"columns": ["A"], "columns": ["N"], "data": [[1]]}}', ["columns"]),
        ('{"dataframe_split": {"columns": ["C:D"], "columns": ["C:D"], "data": [["z"], ["z"], ["z"]]}}', ["columns"]),
        ('{"inputs": [{"A": 1, "\\u0041": 2}]}', ["A"]),  # one key, two spellings
        ('{"inputs": [{"B": "a:b", "A": 1, "A": 2}]}', ["A"]),
        ('{"inputs": [{"B": "a\\u003ab", "A": 1, "A": 2}]}', ["A"]),  # the escaped colon would make up for the key's
        ('{"inputs": [{"B": "a\\u003Ab", "A": 1, "A": 2}]}', ["A"]),
        ('{"inputs": [{"A": {"deep": 1, "deep": 2}}]}', ["deep"]),
    ],
)
def test_a_doubled_key_is_named(body, names):
    with pytest.raises(BadRequest) as error:
        parse(body.encode())

    assert [(each["field"], each["problem"]) for each in error.value.body["problems"]] == [
        (name, DOUBLED) for name in names
    ]


@pytest.mark.parametrize("levels", [10, 900, 985, 1_000, 1_015])
def test_a_doubled_key_is_not_hidden_by_a_value_that_nobody_reads(levels):
    index = "[" * levels + "]" * levels
    rows = '"data": [[1]], "data": [[2]]'

    with pytest.raises(BadRequest):
        parse(f'{{"dataframe_split": {{"index": {index}, "columns": ["A"], {rows}}}}}'.encode())


@pytest.mark.parametrize("levels", [985, 1_015])
def test_doubled_keys_of_a_body_that_is_nested_too_deep_are_refused(levels):
    with pytest.raises(BadRequest, match=r"nested too deep|more than once"):
        parse(f'{{"inputs": [{{"A": {"[" * levels}{"]" * levels}, "N": 1, "N": 2}}]}}'.encode())


@pytest.mark.parametrize(
    "row",
    [
        {"B": "a:b"},
        {"ID": "urn:uuid:1", "C:D": "::"},
        {"A": 1, "B": 'a\\u003a "quoted": b'},
        {"A": {"deep": [{"B": ":"}]}},
        {"unknown:": ":"},
    ],
)
def test_colons_in_texts_and_names_are_no_keys(row):
    for dumps in (json.dumps, orjson.dumps):
        body = dumps({"inputs": [row]})
        assert parse(body if isinstance(body, bytes) else body.encode()) == ([row], None)


def test_colons_in_the_texts_of_a_table_are_no_keys():
    body = json.dumps({"dataframe_split": {"columns": ["B", "C:D"], "data": [["a:b", ":"]] * 2, "index": ["a:", 1]}})

    assert parse(body.encode()) == ([{"B": "a:b", "C:D": ":"}] * 2, None)


def test_an_ordinary_text_with_a_colon_is_not_parsed_a_second_time(monkeypatch):
    monkeypatch.setattr(json_counts.json, "loads", lambda *arguments, **options: pytest.fail("parsed again"))

    parse(b'{"inputs": [{"ID": "urn:7", "B": "12:30", "A": 1}], "params": {"reasons": "all"}}')
    parse(b'{"dataframe_split": {"columns": ["B", "A"], "data": [["12:30", 1], ["::", null]]}}')


def as_object(pairs):
    return "{" + ",".join(f'"{key}": {value}' for key, value in pairs) + "}"


keys = st.sampled_from(["A", "N", "ID", "B", "C:D", ":", "\\u003a", "A:"])
texts = st.text(st.sampled_from(':",\\{}[]a\n/u03'), max_size=8).map(json.dumps) | st.sampled_from(
    ['"\\u003a"', '"\\u003A:"']
)
scalars = st.sampled_from(["1", "null", "true", "-0.5e3"]) | texts
members = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: "[" + ",".join(parts) + "]")
        | st.lists(st.tuples(keys, inner), max_size=3).map(as_object)
    ),
    max_leaves=6,
)


@given(
    rows=st.lists(st.lists(st.tuples(keys, members), max_size=5).map(as_object) | members, max_size=3), params=members
)
def test_a_body_is_refused_for_a_doubled_key_if_and_only_if_it_has_one(rows, params):
    body = f'{{"inputs": [{",".join(rows)}], "params": {params}}}'

    try:
        parse(body.encode())
        is_refused = False
    except BadRequest as error:
        is_refused = error.body["problems"][0]["problem"] == DOUBLED

    assert is_refused == has_doubled_key(body)


def has_doubled_key(body: str) -> bool:
    found = []

    def hook(pairs):
        found.append(len({name for name, _ in pairs}) < len(pairs))
        return dict(pairs)

    json.loads(body, object_pairs_hook=hook)
    return any(found)


@pytest.mark.parametrize(("levels", "is_json"), [(1_024, True), (1_025, False)])
def test_a_small_body_is_read_to_a_depth(levels, is_json):
    body = b'{"inputs": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"

    if is_json:
        assert parse(body)[1] is None
    else:
        with pytest.raises(BadRequest, match="the body is not JSON that can be read"):
            parse(body)


BOUND = 200 * MAX_ROWS  # brackets; separators have the fields on top


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"inputs": ' + b"[" * 1_000 + b"]" * 1_000 + b" " * 70_000 + b"}",
        b'{"inputs": [' + b"[]," * 30_000 + b"[]]}",
        b'{"inputs": [{%s}]}' % b",".join(b'"key%d": 1' % n for n in range(10_000)),
        b'{"inputs": [' + b"1," * 40_000 + b"1]}",
        b'{"inputs": [' + b'{"":0},' * 20_000 + b"{}]}",
    ],
    ids=["only brackets", "1,000 deep", "lists", "fields", "numbers", "objects"],
)
def test_a_large_body_of_small_pieces_is_refused_before_it_is_parsed(body, monkeypatch):
    monkeypatch.setattr(orjson, "loads", lambda body: pytest.fail("parsed"))

    with pytest.raises(TooLarge, match="the body has too many"):
        parse(body)


def test_a_body_of_any_size_with_full_applications_is_parsed():
    row = {"A": 1, "N": None, "B": "[{[{,:,:" * 20, "ID": "x" * 200}
    padded = json.dumps({"inputs": [row] * MAX_ROWS}) + " " * 100_000

    assert parse(padded.encode()) == ([row] * MAX_ROWS, None)


def test_thirty_million_brackets_are_refused_within_a_second():
    body = b'{"inputs": ' + (b"[" * 100 + b"]" * 100 + b",") * 160_000
    start = perf_counter()

    with pytest.raises(TooLarge):
        parse(body, max_rows=1_000)

    assert perf_counter() - start < 1  # milliseconds; parsing took five seconds
