"""Requests of many applications are answered as the same applications row by row: decisions, problems and records."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from math import nan

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import Applications
from custom_model.arrow.columns import Columns
from custom_model.columns.recording import Collected
from custom_model.contract import Contract
from custom_model.errors import BadRequest
from custom_model.history.completed import Completed, request_sources
from custom_model.model import decider as decider_of
from custom_model.origin import Origin
from custom_model.ranges import Range
from custom_model.rules import Rules
from custom_model.server.body import parse
from custom_model.server.media_types import JSON, PARQUET
from custom_model.server.settings import Settings
from custom_model.service import DecisionService
from tests.recorded import application_in

SETTINGS = Settings(served_model="model", max_rows=1_000)
ROWS = 80
MORE = 300  # rows of which columns are judged by their extremes
RANGES = {
    "AMT_CREDIT": Range(lowest=0.0, seen=(60_000.0, 900_000.0)),
    "BUREAU_ROWS_COUNT_ALL": Range(lowest=0.0, whole=True, seen=(0.0, 8.0)),
}
VALUES = [
    *(None, 0, 1, -0.0, 1.5, -5.0, 1e300, 2**53 + 1, 2**63, 2**64 - 1, True, False),
    *("", "x", "F", "Cash loans", "true", "a: b", "\0", "\\u003a", "naïve 😀", "x" * 2_000, [], {}),
]
FIELDS = ["SK_ID_CURR", "AMT_CREDIT", "AMT_ANNUITY", "BUREAU_ROWS_COUNT_ALL", "EXT_SOURCE_1", "CODE_GENDER", "stranger"]
EDITS = st.lists(st.tuples(st.integers(0, ROWS - 1), st.sampled_from(FIELDS), st.sampled_from(VALUES)), max_size=3)
SIMULATION = {"reasons": "all", "simulate": True}
UNTOLD = ("decision_id", "decided_at", "latency_ms")


@pytest.fixture(scope="module")
def service(contract, scorecard, booster) -> DecisionService:
    fields = {**contract.model_dump(), "declared": ("EXT_SOURCE_1", "BUREAU_ROWS_COUNT_ALL")}
    rules = Rules(unusual_values={"otherwise": "refuse", "beyond": 1.0})
    card = scorecard.model_copy(update={"rules": rules, "ranges": RANGES})
    return DecisionService(decider_of(Contract(**fields), card, booster, "credit-scoring/1"), Origin("credit-scoring"))


@pytest.fixture(scope="module")
def more(contract, values) -> list[dict]:
    """Valid rows of whole numbers and fractions, levels and nulls."""
    made = []
    complete = values[~np.isnan(values[:, contract.required_columns]).any(axis=1)]
    for number, row in enumerate(complete[:MORE].tolist()):
        cells = {
            name: None if value != value else contract.categories[name][int(value)] if name in contract.categories
            else int(value) if number % 3 == 0 else value
            for name, value in zip(contract.fields, row, strict=True)
        }  # fmt: skip
        made.append({contract.id: 100 + number, **cells})
    return made


@pytest.fixture(scope="module")
def rows(more) -> list[dict]:
    return more[:ROWS]


def edited(rows: list[dict], edits: list[tuple]) -> list[dict]:
    """Some values replaced; a field that all rows must have to be a table is null where it is not."""
    names = [*rows[0], *sorted({name for _, name, _ in edits}.difference(rows[0]))]
    made = [{name: row.get(name) for name in names} for row in rows]
    for row, name, value in edits:
        made[row][name] = value
    return made


def inputs(rows: list[dict]) -> bytes:
    return orjson.dumps({"inputs": rows})


def split(rows: list[dict]) -> bytes:
    return orjson.dumps({"dataframe_split": {"columns": [*rows[0]], "data": [[*row.values()] for row in rows]}})


def parquet(rows: list[dict] | pd.DataFrame) -> bytes:
    body = BytesIO()
    pd.DataFrame(rows).to_parquet(body, index=False)
    return body.getvalue()


def outcome(service: DecisionService, payload: object, params: object) -> object:
    """The decisions and their records, or the error."""
    log = Collected()
    recording = replace(service, log=log)
    try:
        decisions = recording.decide(payload, params)
    except BadRequest as error:
        return error.body
    told = [{name: value for name, value in each.items() if name not in UNTOLD} for each in decisions]
    kept = [{name: value for name, value in each.items() if name not in UNTOLD} for each in log.records]
    return told, kept


def by_value(contract: Contract, found: object) -> object:
    """An outcome with the recorded fields parsed: pandas has whole numbers beside a null as floats."""
    if isinstance(found, dict):
        return found
    decisions, records = found
    return decisions, [{**each, "fields": application_in(contract, each["fields"])} for each in records]


@pytest.mark.parametrize("form", [inputs, split])
@pytest.mark.parametrize("params", [None, {"reasons": "all"}, {"reasons": "none"}, SIMULATION], ids=str)
@given(edits=EDITS)
def test_many_rows_of_json_are_answered_row_by_row(service, rows, form: Callable, params, edits):
    body = form(edited(rows, edits))

    payload, _ = parse(JSON, body, SETTINGS, service.decider.contract)

    assert outcome(service, payload, params) == outcome(service, edited(rows, edits), params)


@pytest.mark.parametrize("params", [None, {"reasons": "all"}], ids=str)
@pytest.mark.parametrize(("media", "form"), [(JSON, inputs), (JSON, split), (PARQUET, parquet)])
def test_valid_rows_are_decided_in_columns_alone(service, rows, media, form: Callable, params):
    payload, _ = parse(media, form(rows), SETTINGS, service.decider.contract)
    columns = replace(payload, as_sent=lambda: pytest.fail("row by row"))

    decisions, records = outcome(service, columns, params)

    assert len(decisions) == len(records) == ROWS
    assert decisions == outcome(service, rows, params)[0]


@pytest.mark.parametrize("media", [JSON, PARQUET])
def test_a_simulation_is_decided_as_it_was_sent(service, rows, media):
    form = inputs if media == JSON else parquet
    incomplete = [{name: value for name, value in row.items() if name != "AMT_CREDIT"} for row in rows]
    payload, _ = parse(media, form(incomplete), SETTINGS, service.decider.contract)

    decisions, records = outcome(service, payload, SIMULATION)

    assert (decisions, records) == outcome(service, incomplete, SIMULATION)
    assert {each["simulated"] for each in decisions} == {True}


class Store:
    """A history of one client, far beyond what training saw."""

    def complete(self, contract: Contract, applications: Applications) -> Completed:
        values = applications.values.copy(order="K")
        values[7, contract.column_of["BUREAU_ROWS_COUNT_ALL"]] = 500.0
        sources = request_sources(contract, applications.values)
        return Completed(values, [*sources[:7], "store", *sources[8:]], "set-1")


@pytest.mark.parametrize(("media", "form"), [(JSON, inputs), (JSON, split), (PARQUET, parquet)])
def test_values_of_the_history_store_are_as_unusual_in_columns_as_row_by_row(service, more, media, form: Callable):
    completed = replace(service, history=Store())
    without = [{**row, "BUREAU_ROWS_COUNT_ALL": None} for row in more]
    payload, _ = parse(media, form(without), SETTINGS, service.decider.contract)
    columns = replace(payload, as_sent=lambda: pytest.fail("row by row"))

    decisions, _ = outcome(completed, columns, None)

    assert decisions == outcome(completed, without, None)[0]
    assert "BUREAU_ROWS_COUNT_ALL" in decisions[7]["unusual"]


@pytest.mark.parametrize("form", [inputs, split, parquet])
def test_impossible_values_among_many_rows_are_problems(service, more, form: Callable):
    broken = edited(more, [(290, "AMT_CREDIT", -5.0), (3, "BUREAU_ROWS_COUNT_ALL", 1.5)])
    payload, _ = parse(PARQUET if form is parquet else JSON, form(broken), SETTINGS, service.decider.contract)

    found = outcome(service, payload, None)

    assert found == outcome(service, broken, None)
    assert {(each["row"], each["field"]) for each in found["problems"]} == {
        (290, "AMT_CREDIT"),
        (3, "BUREAU_ROWS_COUNT_ALL"),
    }


@pytest.mark.parametrize("form", [inputs, split])
def test_valid_rows_are_judged_at_once_and_booleans_never(service, rows, form: Callable):
    contract = service.decider.contract

    assert isinstance(parse(JSON, form(rows), SETTINGS, contract)[0], Columns)
    assert isinstance(parse(JSON, form(edited(rows, [(3, "AMT_CREDIT", True)])), SETTINGS, contract)[0], list)


@pytest.mark.parametrize("form", [inputs, split])
def test_booleans_and_their_words_outside_numbers_keep_no_request_from_its_columns(service, rows, form: Callable):
    request = orjson.loads(form(edited(rows, [(3, "CODE_GENDER", "true")])))
    body = orjson.dumps({**request, "params": {"simulate": False}})

    payload, params = parse(JSON, body, SETTINGS, service.decider.contract)

    assert isinstance(payload, Columns)
    assert params == {"simulate": False}


def test_rows_of_other_fields_are_answered_row_by_row(service, rows):
    others = [{**rows[0]}, *({name: row[name] for name in reversed(row)} for row in rows[1:])]

    payload, _ = parse(JSON, inputs(others), SETTINGS, service.decider.contract)

    assert outcome(service, payload, None) == outcome(service, others, None)


COLUMNS = st.dictionaries(
    st.sampled_from(["AMT_CREDIT", "AMT_ANNUITY", "BUREAU_ROWS_COUNT_ALL", "EXT_SOURCE_1"]),
    st.sampled_from(["float32", "float64", "Int64", "UInt8", "bool", "str", "left out"]),
    max_size=2,
)
PLACES = st.lists(
    st.tuples(
        st.integers(0, ROWS - 1),
        st.sampled_from(["AMT_CREDIT", "EXT_SOURCE_1"]),
        st.sampled_from([nan, np.inf, -5.0, 1e12]),
    ),
    max_size=2,
)


@given(kinds=COLUMNS, places=PLACES, level=st.sampled_from(["F", "other", "\0", None]))
def test_a_parquet_file_is_answered_as_its_table(service, rows, kinds, places, level):
    table = pd.DataFrame(rows)
    numeric = [name for name in service.decider.contract.numeric if name in table]
    table[numeric] = table[numeric].astype(float)
    for row, name, value in places:
        table.loc[row, name] = value
    table.loc[5, "CODE_GENDER"] = level
    for name, kind in kinds.items():
        column = table.pop(name)
        if kind != "left out":
            table[name] = (column.clip(0, 200).round() if kind in ("Int64", "UInt8") else column).astype(kind)
    payload, _ = parse(PARQUET, parquet(table), SETTINGS, service.decider.contract)

    assert isinstance(payload, Columns)
    columns, rows = (outcome(service, each, None) for each in (payload, payload.as_sent()))
    assert by_value(service.decider.contract, columns) == by_value(service.decider.contract, rows)


def test_whole_numbers_of_a_parquet_file_are_recorded_with_all_digits(service, rows):
    table = pd.DataFrame(rows[:3])
    table["AMT_ANNUITY"] = pd.array([2**53 + 1, None, 1], "Int64")
    payload, _ = parse(PARQUET, parquet(table), SETTINGS, service.decider.contract)
    recorded = [application_in(service.decider.contract, each).get("AMT_ANNUITY") for each in payload.requests()]

    assert str(recorded) == "[9007199254740993, None, 1]"
