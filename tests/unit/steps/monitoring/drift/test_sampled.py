"""The requests of a sample: what cannot be read of one stops nothing, and the others keep their values."""

import json

import numpy as np
import pyarrow as pa
import pytest

from steps.monitoring.bins import Bins
from steps.monitoring.drift.sampled import Sampled
from tests.unit.steps.monitoring.windows import people, sample_of

KNOWN = '{"AMOUNT": 5, "KIND": "cash"}'


def sampled(*fields: str, history: str | None = None) -> Sampled:
    record = sample_of(people(len(fields), seed=1))
    columns = {name: record[name] for name in record.schema.names}
    columns["fields"] = pa.array(fields, pa.string())
    columns["history_fields"] = pa.array([history] * len(fields), pa.string())
    return Sampled(pa.record_batch(list(columns.values()), schema=record.schema))


@pytest.mark.parametrize("text", ["[1, 2]", "null", "3", '"x"', "{", "", '{"AMOUNT": ' + "[" * 100_000])
def test_a_request_that_is_no_object_lacks_all_fields(text):
    requests = sampled(text, KNOWN)

    assert requests.numbers("AMOUNT").tolist()[1] == 5
    assert np.isnan(requests.numbers("AMOUNT")[0])
    assert requests.places("KIND", Bins(None, ("cash",))).tolist() == [2, 0]
    assert json.loads(requests.with_fields([{}, {}])["fields"][0].as_py()) == {}


@pytest.mark.parametrize(
    "value", ["NaN", "-Infinity", "1e999", "1" + "0" * 400, '"\\ud800"', "true", "[1]", '{"a": 1}', '"5"']
)
def test_a_value_that_is_no_number_is_missing_and_its_neighbours_are_not(value):
    requests = sampled(f'{{"AMOUNT": {value}, "\\udfff": {value}, "CHILDREN": 2, "KIND": "cash"}}')

    assert np.isnan(requests.numbers("AMOUNT")[0])
    assert requests.numbers("CHILDREN").tolist() == [2]
    assert json.loads(requests.with_fields([{"AMOUNT": 7.0}])["fields"][0].as_py())["AMOUNT"] == 7


def test_history_that_is_no_object_adds_nothing():
    assert sampled(KNOWN, history="[1]").requests == [{"AMOUNT": 5, "KIND": "cash"}]


def test_a_whole_number_over_64_bits_is_one():
    assert sampled('{"AMOUNT": 100000000000000000000}').numbers("AMOUNT").tolist() == [1e20]
