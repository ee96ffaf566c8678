"""Rows of JSON as columns, of the contract's types alone."""

import pytest

from custom_model.arrow.cells import batch_of
from custom_model.contract import Contract

CONTRACT = Contract(id="ID", numeric=("A",), categories={"B": ("x", "y")})
NAMES = ["B", "A", "ID"]


def test_columns_have_the_values_and_the_rows_stay_as_they_were():
    rows = [["x", 1, 2**62], [None, None, None], ["y", -0.5, 3]]

    columns = batch_of(CONTRACT, NAMES, rows).to_pydict()

    assert str(columns) == str({"B": ["x", None, "y"], "A": [1.0, float("nan"), -0.5], "ID": [2**62, None, 3]})
    assert rows == [["x", 1, 2**62], [None, None, None], ["y", -0.5, 3]]


@pytest.mark.parametrize(
    "row",
    [
        *(["x", "1", 1], [1, 1, 1], ["x", [1], 1], ["x", 2**53 + 1, 1], ["x", 1, 1.0], ["x", 1, "1"], ["x", 1, 2**64]),
        *(["x", True, 1], [True, 1, 1], ["x", 1, False]),
    ],
    ids=str,
)
def test_a_value_of_another_type_or_without_an_exact_float_is_in_no_column(row):
    assert batch_of(CONTRACT, NAMES, [["x", 1, 1], row]) is None


def test_a_name_that_the_contract_lacks_is_in_no_column():
    assert batch_of(CONTRACT, ["A", "C"], [[1, 2]]) is None
