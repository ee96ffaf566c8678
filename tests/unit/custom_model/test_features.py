"""From fields to the booster's matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.contract import Contract
from custom_model.features import BLOCK, Features

CONTRACT = Contract(
    id="ID", numeric=("AMT_CREDIT", "AMT_ANNUITY"), categories={"Z": ("no", "yes"), "A": ("x",)}, required=()
)
cells = st.floats(width=64, allow_infinity=False)


def test_features_are_the_fields_then_the_derived_features():
    features = Features(CONTRACT)

    matrix = features.matrix(np.array([[600.0, 50.0, 0.0, 1.0]]))

    assert features.names == [
        *("AMT_CREDIT", "AMT_ANNUITY", "A", "Z"),
        *("INTEREST_MIN", "INTEREST_MEAN", "INTEREST_MAX"),
    ]
    # 12 annuities make the credit, 18 exceed it by half: terms of 12 to 18 months are possible.
    np.testing.assert_allclose(matrix, [[600.0, 50.0, 0.0, 1.0, 0.0, 0.25, 0.5]], atol=1e-12)


def test_categorical_features_are_listed_by_column():
    features = Features(CONTRACT)

    assert {features.names[column] for column in features.categorical} == {"A", "Z"}


def test_matrix_is_float64_in_c_order_which_lightgbm_does_not_copy():
    matrix = Features(CONTRACT).matrix(np.zeros((3, 4)))

    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous


@pytest.mark.parametrize(
    "names", [["AMT_CREDIT", "Z"], ["Z", "AMT_CREDIT"], ["INTEREST_MAX"], ["INTEREST_MAX", "A", "INTEREST_MIN"]]
)
def test_selected_features_equal_those_of_the_whole_matrix_in_the_requested_order(names):
    values = np.array([[600.0, 50.0, 0.0, 1.0], [900.0, np.nan, np.nan, 0.0]])
    whole = Features(CONTRACT)

    chosen = Features(CONTRACT, names)

    columns = [whole.names.index(name) for name in names]
    assert chosen.names == names
    assert {names[column] for column in chosen.categorical} == {"A", "Z"} & set(names)
    assert {feature.name for feature in chosen.derived} == set(names) - {"A", "Z", "AMT_CREDIT", "AMT_ANNUITY"}
    np.testing.assert_array_equal(chosen.matrix(values), whole.matrix(values)[:, columns])
    assert chosen.matrix(values).flags.c_contiguous


@pytest.mark.parametrize("order", ["C", "F"])
def test_blocks_of_many_rows_are_their_matrix(order):
    numbers = np.random.default_rng(7).normal(size=(2 * BLOCK + 3, 4)).round(2)
    values = np.asarray(np.where(numbers > 1, np.nan, numbers), order=order)
    features = Features(CONTRACT, ["INTEREST_MAX", "A", "AMT_CREDIT"])

    blocks = [block.copy() for block in features.blocks(values)]

    assert [len(block) for block in blocks] == [BLOCK, BLOCK, 3]
    assert np.concatenate(blocks).tobytes("C") == features.matrix(values).tobytes("C")


def test_an_impossible_feature_is_reported_by_name():
    with pytest.raises(ValueError, match="the contract gives no feature TERM, NOWHERE"):
        Features(CONTRACT, ["A", "TERM", "NOWHERE"])


@pytest.mark.parametrize("fields", [3, 5])
@pytest.mark.parametrize("names", [None, ["A"]])
def test_applications_of_another_contract_are_rejected(fields, names):
    with pytest.raises(ValueError, match=f"expected the contract's 4 fields, got {fields}"):
        Features(CONTRACT, names).matrix(np.zeros((1, fields)))


def test_a_field_is_removed_with_the_features_derived_from_it():
    assert Features(CONTRACT).without(["AMT_ANNUITY"]) == ["AMT_CREDIT", "A", "Z"]
    assert Features(CONTRACT).without(["Z"]) == [
        *("AMT_CREDIT", "AMT_ANNUITY", "A"),
        *("INTEREST_MIN", "INTEREST_MEAN", "INTEREST_MAX"),
    ]
    assert Features(CONTRACT).without([]) == Features(CONTRACT).names


def test_no_rows_give_no_rows():
    assert Features(CONTRACT).matrix(np.empty((0, 4))).shape == (0, 7)


def test_the_callers_array_is_not_changed():
    values = np.array([[600.0, 0.0, np.nan, 1.0]])
    before = values.copy()

    Features(CONTRACT).matrix(values)

    np.testing.assert_array_equal(values, before)


def bits(row: np.ndarray) -> bytes:
    """The row to the last bit; the sign of a NaN is the processor's and means nothing."""
    return np.where(np.isnan(row), np.nan, row).tobytes()


@given(st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=9))
def test_a_row_has_the_same_bits_in_any_batch(batch):
    features = Features(CONTRACT)
    together = features.matrix(np.array(batch))

    for row, values in enumerate(batch):
        assert bits(features.matrix(np.array([values]))[0]) == bits(together[row])
