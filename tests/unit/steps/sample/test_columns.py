"""The columns of a table: numbers are not read as labels, nor labels as numbers."""

import numpy as np
import pytest

from steps.sample.columns import labels_of, numbers_of
from steps.sample.draws import Labels

COLUMNS = {"AMOUNT": np.array([1.0, 2.0]), "KIND": Labels(np.array([0, -1]), ("a",))}


def test_each_column_is_read_in_its_own_type():
    assert numbers_of(COLUMNS, "AMOUNT").tolist() == [1.0, 2.0]
    assert labels_of(COLUMNS, "KIND").among("a").tolist() == [True, False]


def test_a_column_of_the_other_type_is_an_error_that_names_it():
    with pytest.raises(TypeError, match="KIND: expected numbers, got labels"):
        numbers_of(COLUMNS, "KIND")
    with pytest.raises(TypeError, match="AMOUNT: expected labels, got numbers"):
        labels_of(COLUMNS, "AMOUNT")
