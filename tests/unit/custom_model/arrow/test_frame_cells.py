"""A table of pandas becomes the same cells whatever its size and the order of its columns."""

from math import nan

import numpy as np
import pandas as pd
import pytest

from custom_model.arrow import frame_cells
from custom_model.arrow.cells import MANY
from custom_model.arrow.frame_cells import cells_of_frame
from custom_model.contract import Contract

CONTRACT = Contract(id="ID", numeric=("A", "N", "W"), categories={"B": ("x", "y")})
TABLE = pd.DataFrame(
    {
        "B": ["x", None, "new", nan] * MANY,
        "W": np.arange(4 * MANY),
        "ID": np.arange(4 * MANY) + 2**53,
        "A": [1.5, nan, -0.0, 3.0] * MANY,
        "N": np.float32([0.1, 2.0, nan, -1.0] * MANY),
    }
)


@pytest.fixture(params=["at once", "by column"])
def way(request, monkeypatch):
    """Both ways of copying numbers."""
    monkeypatch.setattr(frame_cells, "BY_COLUMN", len(TABLE) if request.param == "by column" else len(TABLE) + 1)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("names", [["B", "W", "ID", "A", "N"], ["N", "A", "B"], ["ID", "B"]], ids=str)
def test_numbers_are_in_the_contracts_order_and_nan_where_none_was_sent(names):
    cells = cells_of_frame(CONTRACT, TABLE[names])

    for place, name in enumerate(CONTRACT.fields):
        expected = TABLE[name].to_numpy(float) if name in names and name != "B" else np.full(len(TABLE), nan)
        assert cells.values[:, place].tobytes() == expected.tobytes()
    assert cells.values.flags.f_contiguous
    assert cells.names == {*names}


@pytest.mark.usefixtures("way")
def test_texts_and_ids_are_whole_and_missing_ones_null():
    texts = cells_of_frame(CONTRACT, TABLE).texts

    assert texts["B"].to_pylist() == ["x", None, "new", None] * MANY
    assert texts["ID"].to_pylist() == TABLE["ID"].tolist()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "column",
    [{"A": [True, False] * 2 * MANY}, {"A": ["1"] * 4 * MANY}, {"B": [b"x"] * 4 * MANY}, {"ID": [1.0] * 4 * MANY}],
    ids=["booleans", "texts for numbers", "bytes for texts", "floats for ids"],
)
def test_a_column_of_another_type_is_in_no_cells(column):
    name, values = next(iter(column.items()))

    assert cells_of_frame(CONTRACT, TABLE.assign(**{name: pd.Series(values, dtype=np.asarray(values).dtype)})) is None


def test_doubled_and_unknown_columns_are_in_no_cells():
    assert cells_of_frame(CONTRACT, pd.concat([TABLE, TABLE[["A"]]], axis=1)) is None
    assert cells_of_frame(CONTRACT, TABLE.assign(other=1)) is None
