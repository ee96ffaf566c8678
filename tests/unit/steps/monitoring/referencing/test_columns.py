"""Hashes of rows: equal for equal rows, whatever their batch, and different for any other."""

import numpy as np
import pandas as pd
import pyarrow as pa

from steps.monitoring.referencing.columns import column_of, row_hashes

NAMES = ("income", "age", "job")
ROWS = {
    "income": np.array([1.0, 1.0, 2.0, np.nan, 0.0]),
    "age": np.array([2.0, 2.0, 1.0, 1.0, -0.0]),
    "job": pa.array(["cook", "cook", "cook", None, None]),
}


def test_equal_rows_have_equal_hashes_and_others_do_not():
    hashes = row_hashes(ROWS, NAMES, 5)

    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 4


def test_a_hash_does_not_depend_on_the_batch():
    parts = [row_hashes({name: column[i : i + 1] for name, column in ROWS.items()}, NAMES, 1) for i in range(5)]

    assert np.concatenate(parts).tolist() == row_hashes(ROWS, NAMES, 5).tolist()


def test_a_value_in_another_field_gives_another_hash():
    swapped = {**ROWS, "income": ROWS["age"], "age": ROWS["income"]}

    assert not (row_hashes(ROWS, NAMES, 5) == row_hashes(swapped, NAMES, 5))[:4].any()


def test_zero_is_zero_with_either_sign():
    zeros = row_hashes({"income": np.array([0.0, -0.0])}, ("income",), 2)

    assert zeros[0] == zeros[1]


def test_whole_numbers_of_many_rows_do_not_collide():
    codes = np.indices((50, 50, 50)).reshape(3, -1).astype(float)

    hashes = row_hashes(dict(zip("abc", codes, strict=True)), "abc", codes.shape[1])

    assert len(np.unique(hashes)) == 125_000


def test_a_field_that_a_table_lacks_is_missing():
    frame = pd.DataFrame({"income": [1.0, np.nan], "job": ["cook", None], "code": [7.0, 8.5]})

    assert np.isnan(column_of(frame, "age", True)).all()
    assert column_of(frame, "town", False).null_count == 2
    assert column_of(frame, "job", False).to_pylist() == ["cook", None]
    assert column_of(frame, "code", False).to_pylist() == ["7", "8.5"]
    assert np.isnan(column_of(frame, "job", True)).all()
