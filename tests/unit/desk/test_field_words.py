"""The fields of an application in both languages, and a lender's own in the contract's words."""

from pathlib import Path

import pytest
import yaml

from custom_model.derived import GROUPS
from custom_model.meanings import Meaning
from desk.language import field_words
from desk.language.field_words import help_of, label, level, topic, unit
from desk.language.history_words import french_parts
from steps import sample
from steps.tables.aggregates import AGGREGATES
from steps.tables.aggregation import history_meanings
from steps.tables.catalogue import readable
from steps.tables.home_credit import APPLICATION, ID, home_credit
from steps.tables.recipes import RECIPES

COLUMNS = home_credit()[APPLICATION].meanings
HISTORY = history_meanings()
DERIVED = {feature.name: feature for group in GROUPS for feature in group.features}
TEXTS = [name for name, column in home_credit()[APPLICATION].columns.items() if column["kind"] == "text"]
DOCUMENTS = {
    name: yaml.safe_load(Path(field_words.__file__).with_name(f"{name}.yaml").read_text("utf-8"))
    for name in ("fields", "levels")
}
ALIKE = {"{measure}, {statistic}"}  # the same in both languages


def pairs(node: object) -> list[dict[str, str]]:
    """Every text in both languages below a node of a document; fails where one language is alone."""
    if not isinstance(node, dict):
        raise AssertionError(f"a text without languages: {node!r}")
    if set(node) & {"en", "fr"}:
        assert set(node) == {"en", "fr"}, node
        return [node]
    return [pair for child in node.values() for pair in pairs(child)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_text_has_both_languages_and_they_differ(document):
    texts = pairs(DOCUMENTS[document])

    assert all(text[language] for text in texts for language in text)
    assert {text["en"] for text in texts if text["en"] == text["fr"]} <= ALIKE
    assert {text["en"] for text in texts if text["en"].count("{") != text["fr"].count("{")} == set()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_field_has_a_label_and_help_and_no_two_share_a_label(language):
    labels = {name: label(name, language) for name in [ID, *COLUMNS, *HISTORY, *DERIVED]}

    assert all(text[:1].isupper() and "_" not in text and not text.endswith(".") for text in labels.values())
    assert len(set(labels.values())) == len(labels)
    assert all(help_of(name, language).endswith(".") for name in [ID, *COLUMNS])


def test_no_field_is_called_by_its_column_alone():
    assert [name for name in COLUMNS if label(name, "en") == readable(name)] == []
    assert set(DOCUMENTS["fields"]["derived"]) == set(DERIVED)
    assert {name for name in DOCUMENTS["fields"]["fields"] if name != ID} <= set(COLUMNS)


def test_every_topic_and_unit_has_a_name_and_there_are_no_others():
    topics = {meaning.topic for meaning in (COLUMNS | HISTORY).values()} | {each.topic for each in DERIVED.values()}
    units = {meaning.unit for meaning in (COLUMNS | HISTORY).values()} - {""}

    assert set(DOCUMENTS["fields"]["topics"]) == topics | {"UNUSUAL"}
    assert set(DOCUMENTS["fields"]["units"]) == units


def test_every_category_of_the_application_is_an_option():
    document = yaml.safe_load((Path(sample.__file__).with_name("figures") / "application.yaml").read_text("utf-8"))
    drawn = {name: set(shares) for name, shares in document["shares"].items()}
    drawn["NAME_FAMILY_STATUS"] = {status for ages in document["family_status_by_age"] for status in ages}
    drawn["OCCUPATION_TYPE"] = {each for shares in document["occupation_by_gender"].values() for each in shares}
    drawn["ORGANIZATION_TYPE"] |= {"XNA"}
    drawn |= {name: {"Y", "N"} for name in ("FLAG_OWN_CAR", "FLAG_OWN_REALTY")}

    assert {name: set(levels) for name, levels in DOCUMENTS["levels"]["levels"].items()} == drawn
    assert set(drawn) == set(TEXTS)


def test_the_french_of_past_loans_has_the_parts_of_the_recipes_and_no_others():
    parts = french_parts()
    windows = {(table.prefix, window.words) for table in RECIPES.values() for window in table.windows.values()}
    used = {f"{prefix} {words}" if f"{prefix} {words}" in parts["windows"] else words for prefix, words in windows}

    assert set(parts["texts"]) == {recipe.text for table in RECIPES.values() for recipe in table.recipes}
    assert set(parts["functions"]) == {words for each in AGGREGATES.values() for words in each.words.values()}
    assert set(parts["windows"]) == used


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("AMT_INCOME_TOTAL", "Stated income", "Revenus déclarés"),
        ("FLAG_DOCUMENT_3", "Document 3 handed in", "Document 3 fourni"),
        ("LIVINGAREA_MEDI", "Area that is lived in, the median", "Surface habitée, médiane"),
        (
            "PREVIOUS_IS_REFUSED_MEAN_LAST5",
            "Refusals before, average of the last 5",
            "Refus antérieurs, en moyenne sur les 5 demandes précédentes",
        ),
        (
            "POS_IS_LATE_MEAN_M6_TO_M24",
            "Late months here, average in the last 6 months compared with the last 24 months",
            "Mois en retard chez nous, en moyenne sur les 6 derniers mois par rapport à la même mesure "
            "sur les 24 derniers mois",
        ),
        ("ANNUITY_TO_INCOME", "Instalment compared with income", "Mensualité par rapport aux revenus"),
    ],
)
def test_a_field_has_its_label_in_each_language(name, english, french):
    assert (label(name, "en"), label(name, "fr")) == (english, french)


def test_a_flag_and_a_category_are_options_in_words():
    assert level("FLAG_EMAIL", "1", "fr") == "oui"
    assert level("FLAG_OWN_CAR", "N", "fr") == "non"
    assert level("NAME_HOUSING_TYPE", "Rented apartment", "fr") == "Logement en location"
    assert level("NAME_HOUSING_TYPE", "Castle", "fr") == "Castle"
    assert level("home", "1", "fr") == "1"


def test_a_lenders_own_field_has_the_words_of_its_contract():
    own = Meaning(description="Monthly income of the household.", topic="income", unit="euros")
    plain = Meaning(description="Loan amount.", topic="loan_amount")

    assert label("house_income", "fr", own) == "House income"
    assert help_of("house_income", "fr", own) == "Monthly income of the household."
    assert unit("house_income", "fr", own) == "euros"
    assert help_of("loan_amount", "fr", plain) == ""  # the label says so
    assert topic("loan_amount", "fr") == "Loan amount"


def test_a_lenders_field_of_the_same_name_as_home_credits_keeps_its_own_words():
    own = Meaning(description="Income after tax, a year.", topic="AMT_INCOME_TOTAL", unit="euros")

    assert label("AMT_INCOME_TOTAL", "fr", own) == "Amt income total"
    assert help_of("AMT_INCOME_TOTAL", "fr", own) == "Income after tax, a year."
    assert label("AMT_INCOME_TOTAL", "fr", COLUMNS["AMT_INCOME_TOTAL"]) == "Revenus déclarés"
