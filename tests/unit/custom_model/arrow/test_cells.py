"""Cells of JSON as columns, and back as they were."""

import pytest

from custom_model.arrow.cells import Cells
from custom_model.contract import Contract

CONTRACT = Contract(id="ID", numeric=("A",), categories={"B": ("x", "y")})
NAMES = ["B", "A", "ID"]


def test_columns_have_the_values_and_the_rows_come_back_as_they_were():
    cells = Cells(CONTRACT, NAMES, [["x", 1, 2**62], [None, None, None], ["y", -0.5, 3]])

    columns = cells.batch().to_pydict()

    assert str(columns) == str({"B": ["x", None, "y"], "A": [1.0, float("nan"), -0.5], "ID": [2**62, None, 3]})
    assert cells.dictionaries() == [
        {"B": "x", "A": 1, "ID": 2**62},
        {"B": None, "A": None, "ID": None},
        {"B": "y", "A": -0.5, "ID": 3},
    ]


@pytest.mark.parametrize(
    "row",
    [["x", "1", 1], [1, 1, 1], ["x", [1], 1], ["x", 2**53 + 1, 1], ["x", 1, 1.0], ["x", 1, "1"], ["x", 1, 2**64]],
    ids=str,
)
def test_a_value_of_another_type_or_without_an_exact_float_is_in_no_column(row):
    assert Cells(CONTRACT, NAMES, [["x", 1, 1], row]).batch() is None


def test_a_name_that_the_contract_lacks_is_in_no_column():
    assert Cells(CONTRACT, ["A", "C"], [[1, 2]]).batch() is None
