"""Requests on record as columns: as they were decided, and whatever cannot be read is counted."""

import json

import numpy as np
import pytest

from steps.monitoring.counting.requests import WHOLE, RequestReader

READER = RequestReader(("income", "loans"), ("job",), "client")


def read(*requests: object, history: object = None):
    texts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in requests]
    added = [None if history is None else json.dumps(history).encode()] * len(texts)
    return READER.read(texts, added)


def test_a_request_is_as_it_was_decided_with_what_the_history_store_added():
    requests = read({"client": 7, "income": 10, "job": "cook"}, {"client": 8, "income": None}, history={"loans": 3})

    assert requests.columns["income"].tolist()[0] == 10.0
    assert np.isnan(requests.columns["income"][1])
    assert requests.columns["loans"].tolist() == [3.0, 3.0]
    assert requests.columns["job"].to_pylist() == ["cook", None]
    assert not requests.unknown
    assert not requests.unreadable


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("income", '"a lot"'), ("income", "true"), ("income", "[1]"), ("income", '{"EUR": 1}'),
        ("income", "1" + 400 * "0"), ("income", "1e999"), ("job", "3"), ("job", '["cook"]'), ("job", "false"),
        ("job", r'"\ud800"'),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_counted_and_missing_and_the_others_are_read(field, value):
    other = {"income": b'"job": "cook"', "job": b'"income": 4'}[field]
    hostile = b'{"%s": %s, %s, "loans": 2}' % (field.encode(), value.encode(), other)

    requests = read(hostile, {"income": 5, "job": "nurse"})

    assert dict(requests.unreadable) == {field: 1}
    assert requests.columns["loans"].tolist()[0] == 2.0
    known = {name: column for name, column in requests.columns.items() if name != "loans"}
    missing = np.isnan(known["income"]), known["job"].is_null().to_numpy(zero_copy_only=False)
    assert [each.tolist() for each in missing] == [[field == "income", False], [field == "job", False]]


@pytest.mark.parametrize("text", [b"[1, 2]", b'"text"', b"{", b"", b"null", b"[" * 100_000])
def test_what_is_no_request_is_counted_and_all_missing(text):
    requests = read(text, {"income": 5})

    assert dict(requests.unreadable) == {WHOLE: 1}
    assert requests.columns["income"].tolist()[1] == 5.0
    assert np.isnan(requests.columns["income"][0])


def test_names_that_the_contract_lacks_are_counted_and_shortened():
    requests = read({"income": 1, "colour": "red", "x" * 500: 1}, {"colour": None})

    assert dict(requests.unknown) == {"colour": 2, "x" * 100: 1}


def test_a_whole_number_of_more_than_64_bits_is_a_number():
    assert read(b'{"income": 100000000000000000000000}').columns["income"].tolist() == [1e23]
