"""A feature in words; a promotion imports no plots for them."""

import pytest

from custom_model.meanings import Meaning
from steps.tables.feature_in_words import in_words

MEANINGS = {"b": Meaning(description="Income of a year; before tax.", topic="INCOME")}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("b", "Income of a year"),
        ("EXT_SOURCE_MEAN", "Average of the external credit scores"),  # derived
        ("loan_amount", "Loan amount"),
        ("7", "7"),
    ],
)
def test_a_feature_is_told_by_its_description_or_its_name(name, words):
    assert in_words(name, MEANINGS) == words
