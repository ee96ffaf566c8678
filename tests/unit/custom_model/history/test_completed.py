"""The source of each application's history, where no store completes it."""

import numpy as np
import pytest

from custom_model.applications import AT_ONCE
from custom_model.contract import Contract
from custom_model.history.completed import request_sources

NAN = float("nan")
CONTRACT = Contract(id="ID", numeric=("INCOME", "LOANS", "DEBT"), categories={}, history=("DEBT", "LOANS"))


@pytest.mark.parametrize(
    ("row", "source"),
    [
        ([100.0, 2.0, 30.5], "request"),
        ([NAN, NAN, 0.0], "request"),
        ([NAN, 0.0, NAN], "request"),
        ([100.0, NAN, NAN], "none"),
        ([NAN, NAN, NAN], "none"),
    ],
)
def test_any_known_history_field_makes_the_request_the_source(row, source):
    assert request_sources(CONTRACT, np.array([row])) == [source]


def test_each_row_has_a_source_of_its_own():
    values = np.array([[1.0, NAN, NAN], [NAN, NAN, 3.0]])

    assert request_sources(CONTRACT, values) == ["none", "request"]
    assert request_sources(CONTRACT, values[:0]) == []


def test_without_history_fields_in_the_contract_no_request_has_history():
    contract = Contract(id="ID", numeric=("INCOME",), categories={})

    assert request_sources(contract, np.array([[100.0], [NAN]])) == ["none", "none"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [4, AT_ONCE, AT_ONCE + 1])
def test_many_rows_have_the_sources_of_each_alone(rows, order):
    some = np.array([[NAN, NAN, NAN], [1.0, NAN, NAN], [NAN, 1.0, NAN], [NAN, NAN, 1.0]])
    values = np.asarray(np.resize(some, (rows, 3)), order=order)

    assert request_sources(CONTRACT, values) == (["none", "none", "request", "request"] * rows)[:rows]
