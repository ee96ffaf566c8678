"""What a language lacks of the desk's words, and of the reasons."""

from desk.language.languages import LANGUAGES
from desk.language.missing import missing


def test_texts_of_the_other_language_are_found_at_any_depth():
    document = {
        "title": {"en": "Decide", "fr": "Décider", "es": "Decidir"},
        "levels": {"CAR": {"Y": {"en": "yes", "fr": "oui"}}},
        "fields": {"AGE": {"neutral": 0.5, "low": {"en": "Low", "fr": "Bas"}}},
        "lists": ["en"],
    }

    assert list(missing(document, "es")) == ["levels.CAR.Y", "fields.AGE.low"]
    assert [list(missing(document, language)) for language in LANGUAGES] == [[], []]
