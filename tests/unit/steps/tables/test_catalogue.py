"""The catalogue of reasons: complete, true to the topics, and sentences that one can tell a client."""

import re
from pathlib import Path

import pytest
import yaml

from custom_model.derived import GROUPS
from steps.tables import catalogue
from steps.tables.aggregation import features_of, history_meanings
from steps.tables.catalogue import Wording, from_name, lines_of, readable, topics, translations, wordings
from steps.tables.home_credit import APPLICATION, home_credit
from steps.tables.recipes import RECIPES

pytestmark = pytest.mark.slow  # all tables and features

COLUMNS = home_credit()[APPLICATION].meanings
DERIVED = {feature.name: feature for group in GROUPS for feature in group.features}
TOPICS = {
    **{name: meaning.topic for name, meaning in (COLUMNS | history_meanings()).items()},
    **{name: feature.topic for name, feature in DERIVED.items()},
}
COMPARISON = re.compile(r"\b(usual|average|median|than most|typical|normal|lower than|unknown|not known|missing)\b")


def sentences(wording: Wording) -> list[str]:
    return list(wording.sentences().values())


APART = re.compile(
    r"\b(de|le|la|que|ne|se|je|si il) [aeiouéèêâîôû]|\b(de les?|à les?) ", re.IGNORECASE
)  # French joins them

SENTENCES = sorted({(TOPICS[name], sentence) for name in TOPICS for sentence in sentences(wordings()[name])})


def test_every_feature_there_can_be_has_an_entry():
    assert set(wordings()) == {*COLUMNS, *DERIVED, *history_meanings()}


def test_the_catalogue_groups_fields_by_their_topic():
    assert topics() == {name: TOPICS[name] for name in topics()}


def test_every_line_of_the_history_is_used():
    document = yaml.safe_load(Path(catalogue.__file__).with_name("reasons.yaml").read_text("utf-8"))

    for table in RECIPES.values():
        lines = document["history"][table.prefix]["features"]
        used = {next(line for line in lines_of(feature) if line in lines) for feature in features_of(table)}
        windows = {feature.window for feature in features_of(table)}
        assert set(lines) == used, table.prefix
        assert set(document["history"][table.prefix]["windows"]) == windows, table.prefix


@pytest.mark.parametrize(("topic", "sentence"), SENTENCES)
def test_a_sentence_can_be_told_to_a_client(topic, sentence):
    assert sentence[0].isupper()
    assert not sentence.endswith(".")
    assert len(sentence) <= 110
    assert not re.search(r"[A-Z_]{3,}|[{}:_]|  ", sentence)  # no name of a column, no code, no gap in a template
    assert not COMPARISON.search(sentence)
    assert "client" not in sentence.lower()  # a letter tells it to "you"


def test_each_entry_has_both_languages():
    document = yaml.safe_load(Path(catalogue.__file__).with_name("reasons.yaml").read_text("utf-8"))
    tables = document["history"].values()
    entries = [
        *(entry for topic in document["fields"].values() for entry in topic.values()),
        *(entry for table in tables for entry in table["features"].values()),
    ]
    sentences = [text for entry in entries for kind, text in entry.items() if kind not in ("neutral", "values")]
    sentences += [text for entry in entries for text in entry.get("values", {}).values()]
    windows = [window[part] for table in tables for window in table["windows"].values() for part in window]

    assert [text for text in sentences if set(text) != {"en", "fr"} or text["en"] == text["fr"]] == []
    assert [text for text in windows if "fr" not in text or (text["fr"] != "" and text.get("en") == text["fr"])] == []


def test_both_languages_say_when_and_of_what_alike():
    document = yaml.safe_load(Path(catalogue.__file__).with_name("reasons.yaml").read_text("utf-8"))
    entries = [entry for table in document["history"].values() for entry in table["features"].values()]

    for sentence in (text for entry in entries for kind, text in entry.items() if kind != "neutral"):
        english, french = ({*re.findall(r"{(\w+)}", sentence[language])} for language in ("en", "fr"))
        assert french - {"le", "du"} == english, sentence["en"]


@pytest.mark.parametrize(("english", "french"), sorted(translations("fr").items()))
def test_a_french_sentence_can_be_told_to_a_client(english, french):
    assert french[0].isupper()
    assert not french.endswith(".")
    assert len(french) <= 160
    assert not re.search(r"[A-Z_]{3,}|[{}:_]|  ", french)
    assert not APART.search(french)
    assert "client" not in french.lower()


def test_one_english_sentence_has_one_french_one():
    french: dict[str, set[str]] = {}
    for name, wording in wordings().items():
        for kind, sentence in wording.sentences().items():
            french.setdefault(sentence, set()).add(wordings("fr")[name].sentences()[kind])

    assert {sentence: found for sentence, found in french.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("The stated income is low", "Les revenus déclarés sont faibles"),
        ("The latest application was refused", "La demande précédente a été refusée"),
        (
            "The amount of the latest loan with another lender is high",
            "Le montant du dernier crédit auprès d'un autre établissement est élevé",
        ),
        (
            "Instalments on earlier loans were often paid late in the last 1,000 days",
            "Les mensualités des crédits antérieurs ont souvent été payées en retard "
            "au cours des 1\u202f000 derniers jours",
        ),
    ],
)
def test_a_sentence_of_a_record_has_its_french(english, french):
    assert translations("fr")[english] == french


def test_a_sentence_belongs_to_one_topic_so_that_no_refusal_has_it_twice():
    by_sentence: dict[str, set[str]] = {}
    for topic, sentence in SENTENCES:
        by_sentence.setdefault(sentence, set()).add(topic)

    assert {sentence: found for sentence, found in by_sentence.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("feature", "kind", "sentence"),
    [
        ("EXT_SOURCE_2", "low", "The score from the second credit reference agency is low"),
        ("EXT_SOURCE_2", "missing", ""),  # no client can supply an agency's score
        ("EXT_SOURCE_2", "high", ""),  # nobody is refused for a good score
        ("DAYS_ID_PUBLISH", "missing", "We have no date for the identity document"),
        ("DAYS_EMPLOYED", "high", "Time in the present job is short"),  # days count back: a later day is higher
        ("ANNUITY_TO_INCOME", "high", "The instalment is high for the stated income"),
        ("INSTALMENTS_IS_LATE_MEAN_ALL", "high", "Instalments on earlier loans were often paid late"),
        (
            "INSTALMENTS_IS_LATE_MEAN_D365",
            "high",
            "Instalments on earlier loans were often paid late in the last 365 days",
        ),
        ("INSTALMENTS_IS_LATE_MEAN_LOAN", "high", "Instalments on the latest loan were often paid late"),
        (
            "INSTALMENTS_IS_LATE_MEAN_D90_TO_D365",
            "high",
            "Instalments on earlier loans were paid late more often in the last 90 days than in the last 365",
        ),
        ("PREVIOUS_IS_REFUSED_MEAN_LAST1", "high", "The latest application was refused"),
        ("BUREAU_ROWS_COUNT_M6", "high", "A loan with another lender was taken out within the last 6 months"),
        ("BUREAU_ROWS_COUNT_M12", "high", "There are several loans with other lenders from the last 12 months"),
        ("DAYS_ID_PUBLISH", "high", "The identity document was issued within the last five years"),
    ],
)
def test_a_feature_is_worded_by_its_matter_and_direction(feature, kind, sentence):
    assert getattr(wordings()[feature], kind) == sentence


def test_a_change_over_time_is_told_only_where_there_was_one():
    assert wordings()["INSTALMENTS_IS_LATE_MEAN_D90_TO_D365"].neutral == 1
    assert wordings()["INSTALMENTS_DAYS_LATE_SLOPE_D365"].neutral == 0
    for name, wording in wordings().items():
        if re.search(r"_SLOPE_|_[DM]\d+_TO_[DM]\d+$", name) and sentences(wording):
            assert wording.neutral is not None, name


@pytest.mark.parametrize(
    ("name", "days"),
    [("DAYS_ID_PUBLISH", 5 * 365.25), ("DAYS_LAST_PHONE_CHANGE", 2 * 365.25), ("DAYS_BIRTH", 30 * 365.25)],
)
def test_what_a_sentence_says_of_time_is_true_beyond_its_neutral_point(name, days):
    assert wordings()[name].neutral == pytest.approx(-days, abs=1)


def test_no_history_is_told_as_missing_because_no_client_can_supply_it():
    assert {name for name in history_meanings() if wordings()[name].missing} == set()


@pytest.mark.parametrize("name", ["CODE_GENDER", "NAME_FAMILY_STATUS", "DEF_30_CNT_SOCIAL_CIRCLE", "FLAG_DOCUMENT_3"])
def test_what_cannot_be_told_has_no_sentence(name):
    assert wordings()[name] == Wording()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("loan_amount", "Loan amount"),
        ("loanAmount", "Loan amount"),
        ("LIMIT_BAL", "Limit bal"),
        ("default.payment.next.month", "Default payment next month"),
        ("  Annual income (EUR) ", "Annual income eur"),
        ("PAY_0", "Pay 0"),
    ],
)
def test_a_column_of_another_lender_is_readable(name, words):
    assert readable(name) == words


def test_a_column_of_another_lender_is_worded_by_its_name():
    assert from_name("loan_amount", "number") == Wording(low="Loan amount is low", high="Loan amount is high")
    assert from_name("home", "category") == Wording(any="Home counts against the application")
    assert from_name("hasGarden", "flag") == Wording(values={"0": "Has garden: no", "1": "Has garden: yes"})


@pytest.mark.parametrize("name", ["7", "_", "x1", "..."])
def test_a_column_without_a_word_in_its_name_gives_no_reason(name):
    assert from_name(name, "number") == Wording()
