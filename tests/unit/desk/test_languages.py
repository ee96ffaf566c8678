"""Numbers and times in both languages, and the catalogue of words."""

from datetime import UTC, datetime

import pytest

from desk.language import catalogue
from desk.language.catalogue import say, words
from desk.language.languages import day, moment, number, of_hundred, percent, plain, spaced

NARROW = "\u202f"


def test_numbers_keep_their_thousands_apart():
    assert number(12345.6, "en", 1) == "12,345.6"
    assert number(12345.6, "fr", 1) == f"12{NARROW}345,6"
    assert number(-5, "en") == "\u22125"


def test_a_number_has_the_decimals_that_it_has():
    assert [plain(each, "en") for each in (5.0, 0.25, 1 / 3)] == ["5", "0.25", "0.3333"]


def test_french_signs_stay_with_their_words():
    assert spaced("Pourquoi : « ici » ; là", "fr") == "Pourquoi\u00a0: «\u00a0ici\u00a0»\u00a0; là"
    assert spaced("Why: here ; there", "en") == "Why: here ; there"


def test_shares_are_said_of_a_hundred():
    assert of_hundred(0.132, "en") == "13 of 100"
    assert of_hundred(0.132, "fr") == "13 sur 100"
    assert of_hundred(0.004, "en") == "fewer than 1 of 100"
    assert of_hundred(0.0902, "en", 0.0909) == "9.0 of 100"
    assert of_hundred(0.0909, "fr", 0.0902) == "9,1 sur 100"
    assert of_hundred(0.13, "en", 0.0909) == "13 of 100"
    assert percent(0.132, "fr") == f"13,2{NARROW}%"


def test_days_are_in_words():
    first = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)

    assert day(first, "en") == "1 March 2026"
    assert day(first, "fr") == "1er mars 2026"
    assert moment(first, "fr") == "1er mars 2026, 14:05 UTC"


def test_a_value_that_is_a_key_is_said_in_words():
    sentence = say("fr", "problem.not_allowed", role="role.clerk", right="right.govern")

    assert sentence == "Le rôle conseiller ne permet pas de\u00a0: changer le modèle en service."


@pytest.mark.parametrize(
    ("entry", "problem"),
    [("hello: {en: Hello}", "expected each of"), ("hello: {en: '{a}', fr: '{b}'}", "name other values")],
    ids=["one language", "other values"],
)
def test_an_entry_of_one_language_alone_is_refused(tmp_path, monkeypatch, entry, problem):
    (tmp_path / "frame.yaml").write_text(entry, "utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    words.cache_clear()
    try:
        with pytest.raises(ValueError, match=problem):
            words()
    finally:
        words.cache_clear()
