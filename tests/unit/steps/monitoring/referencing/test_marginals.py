import numpy as np
import pytest

from steps.monitoring.bins import Bins
from steps.monitoring.reference import Decided, FieldReference, Reference
from steps.monitoring.referencing.marginals import drawn

NUMBER = FieldReference(Bins((10.0, 20.0)), np.array([100, 200, 600, 100]), least=5.0, greatest=40.0)
LEVELS = FieldReference(Bins(None, ("blue", "red")), np.array([700, 200, 0, 100]))
EMPTY = FieldReference(Bins(()), np.array([0, 1_000]))


def reference(**fields: FieldReference) -> Reference:
    decided = Decided({"granted": 1, "refused": 0, "referred": 0}, np.array([1]), 0.5)
    return Reference("a test", 1_000, fields, (), Bins(()), decided, 0.1, {}, 0, 0, ())


def test_each_column_has_the_shares_of_its_bins():
    table = drawn(reference(amount=NUMBER, colour=LEVELS), ["amount", "colour"], 20_000, seed=1)

    assert table["amount"].isna().mean() == pytest.approx(0.1, abs=0.01)
    assert (table["amount"] < 10).mean() == pytest.approx(0.1, abs=0.01)
    assert table["amount"].between(20, 40).mean() == pytest.approx(0.6, abs=0.015)
    assert table["amount"].min() >= 5
    assert table["amount"].max() <= 40
    assert (table["colour"] == "blue").mean() == pytest.approx(0.7, abs=0.015)
    assert table["colour"].isna().mean() == pytest.approx(0.1, abs=0.01)


def test_a_field_without_any_value_stays_without():
    assert drawn(reference(empty=EMPTY), ["empty"], 100, seed=1)["empty"].isna().all()


def test_equal_seeds_draw_equal_values():
    one, other = (drawn(reference(amount=NUMBER), ["amount"], 100, seed=2) for _ in range(2))

    assert one.equals(other)
