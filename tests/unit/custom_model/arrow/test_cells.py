"""Columns of rows, dictionaries and tables: what they take is judged as one application after the other is."""

from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.applications import validate
from custom_model.arrow.applications import Cells, judged
from custom_model.arrow.cells import MANY, cells_of, cells_of_objects
from custom_model.arrow.frame_cells import cells_of_frame
from custom_model.contract import Contract

CONTRACT = Contract(id="ID", numeric=("A",), categories={"B": ("x", "y")})
NAMES = ["B", "A", "ID"]
FULL = Contract(
    id="ID",
    numeric=("A", "H", "N"),
    categories={"B": ("x", "y"), "C": ("u",)},
    rest=("C",),
    required=("A", "B"),
    declared=("H", "N"),
    history=("H",),
)
OF_TEXT = Contract(**{**FULL.model_dump(), "id_is_text": True})
VALUES = [
    *(
        None,
        0,
        1.5,
        -0.0,
        2**53 + 1,
        2**63,
        2**64,
        nan,
        inf,
        -inf,
        1e300,
        True,
        False,
        "",
        "x",
        "u",
        "new",
        "x" * 1_001,
    ),
    *("\0", "\ud800", b"x", [], {}, (), np.float64(2.0), np.int64(3), np.bool_(True), np.str_("y"), pd.NA, pd.NaT),
]
EDITS = st.lists(st.tuples(st.integers(0, MANY - 1), st.sampled_from([*FULL.order, "other"]), st.sampled_from(VALUES)))
LEFT_OUT = st.sets(st.sampled_from(FULL.order), max_size=1)


def test_columns_have_the_values_and_the_rows_stay_as_they_were():
    rows = [["x", 1, 2**62], [None, None, None], ["y", -0.5, 3]]

    cells = cells_of(CONTRACT, NAMES, [rows[:1], rows[1:]])

    assert str(cells.values[:, 0].tolist()) == str([1.0, nan, -0.5])
    assert {name: each.to_pylist() for name, each in cells.texts.items()} == {
        "B": ["x", None, "y"], "ID": [2**62, None, 3],
    }  # fmt: skip
    assert rows == [["x", 1, 2**62], [None, None, None], ["y", -0.5, 3]]


@pytest.mark.parametrize(
    "row",
    [
        *(["x", "1", 1], [1, 1, 1], ["x", [1], 1], ["x", 2**53 + 1, 1], ["x", 1, 1.0], ["x", 1, "1"], ["x", 1, 2**64]),
        *(["x", True, 1], [True, 1, 1], ["x", 1, False], [b"x", 1, 1]),
    ],
    ids=str,
)
def test_a_value_of_another_type_or_without_an_exact_float_is_in_no_column(row):
    assert cells_of(CONTRACT, NAMES, [[["x", 1, 1], row]]) is None


def test_few_applications_and_those_of_other_keys_are_in_no_column():
    row = {"A": 1.0, "B": "x"}

    assert cells_of_objects(CONTRACT, [row] * MANY) is not None
    assert cells_of_objects(CONTRACT, [row] * (MANY - 1)) is None
    assert cells_of_objects(CONTRACT, [row] * MANY + [{"B": "x", "A": 1.0}]) is None
    assert cells_of_objects(CONTRACT, [row] * MANY + [None]) is None
    assert cells_of_objects(CONTRACT, [{**row, "other": 1}] * MANY) is None
    assert cells_of_frame(CONTRACT, pd.DataFrame([row] * (MANY - 1))) is None


def rows_of(contract: Contract, edits: list[tuple], left_out: set[str]) -> list[dict]:
    valid = {"ID": None, "A": 1.0, "H": None, "N": 2.0, "B": "x", "C": "rare"}
    rows = [{**valid, "ID": str(row) if contract.id_is_text else row} for row in range(MANY)]
    for row, name, value in edits:
        for each in rows:
            each.setdefault(name, None)
        rows[row][name] = value
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]


def assert_judged_alike(contract: Contract, cells: Cells | None, payload: object) -> None:
    """Columns without an odd row have the applications of `validate`, and no problem; else there is nothing to use."""
    found = None if cells is None else judged(contract, cells)
    if found is None or found.odd.any():
        return
    applications, problems = validate(contract, payload)
    assert problems == []
    assert found.applications.values.tobytes("C") == applications.values.tobytes("C")
    assert (found.applications.ids, found.applications.unknown) == (applications.ids, applications.unknown)
    assert found.applications.undeclared == applications.undeclared


@pytest.mark.parametrize("contract", [FULL, OF_TEXT], ids=["whole ids", "ids of text"])
@given(edits=EDITS, left_out=LEFT_OUT)
def test_dictionaries_in_columns_are_judged_as_one_after_the_other(contract, edits, left_out):
    rows = rows_of(contract, edits, left_out)

    assert_judged_alike(contract, cells_of_objects(contract, rows), rows)


@pytest.mark.parametrize("contract", [FULL, OF_TEXT], ids=["whole ids", "ids of text"])
@given(edits=EDITS, left_out=LEFT_OUT)
def test_a_table_in_columns_is_judged_as_cell_by_cell(contract, edits, left_out):
    frame = pd.DataFrame(rows_of(contract, edits, left_out))

    assert_judged_alike(contract, cells_of_frame(contract, frame), frame)


@pytest.mark.parametrize("contract", [FULL, OF_TEXT], ids=["whole ids", "ids of text"])
def test_valid_rows_are_judged_in_columns_and_an_unknown_category_with_them(contract):
    rows = rows_of(contract, [(3, "B", "new"), (5, "C", None), (7, "N", None)], set())
    frame = pd.DataFrame(rows).astype({"H": float})

    for cells in (cells_of_objects(contract, rows), cells_of_frame(contract, frame)):
        assert not judged(contract, cells).odd.any()
    assert_judged_alike(contract, cells_of_objects(contract, rows), rows)
    assert_judged_alike(contract, cells_of_frame(contract, frame), frame)


def test_an_index_with_a_name_is_a_column_of_the_table():
    frame = pd.DataFrame(rows_of(FULL, [], set())).astype({"H": float})

    assert cells_of_frame(FULL, frame.set_index("ID")).texts["ID"].to_pylist() == frame["ID"].tolist()
