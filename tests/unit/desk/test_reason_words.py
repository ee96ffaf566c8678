"""A reason as recorded, in the language of the page."""

import pytest

from custom_model.decisions import Decider
from desk.language.reason_words import sentence
from steps.tables.aggregation import history_meanings
from steps.tables.home_credit import APPLICATION, home_credit

MEANINGS = home_credit()[APPLICATION].meanings | history_meanings()


class Described:
    meanings = MEANINGS


def unusual(name: str) -> str:
    """The text of the reason that a model gives of an unusual value."""
    decider = object.__new__(Decider)
    object.__setattr__(decider, "scorecard", Described)
    return decider._unusual(name)["text"]


def test_a_reason_of_the_catalogue_is_told_in_the_language_of_the_page():
    assert sentence("The stated income is low", "fr") == ("Les revenus déclarés sont faibles", "fr")
    assert sentence("The stated income is low", "en") == ("The stated income is low", "en")


@pytest.mark.parametrize("text", ["Loan amount is low", "Too many open invoices", "An unusual value is stated: weight"])
def test_a_lenders_own_sentence_stays_in_its_own_language(text):
    assert sentence(text, "fr") == (text, "en")


def test_an_unusual_value_of_a_known_field_names_the_field():
    assert sentence(unusual("AMT_INCOME_TOTAL"), "fr") == (
        "Une valeur inhabituelle est indiquée\u00a0: revenus déclarés",
        "fr",
    )


def test_an_unusual_value_of_every_field_of_home_credit_is_told_in_french():
    assert [name for name in MEANINGS if sentence(unusual(name), "fr")[1] != "fr"] == []
