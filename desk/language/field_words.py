"""The fields of an application in both languages: label, help, unit, topic, and the options of a text."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from custom_model.meanings import Meaning
from desk.language.history_words import history_label
from desk.language.languages import LANGUAGES, Language, plain, spaced
from steps.run.yaml_file import read_yaml
from steps.tables.aggregation import history_meanings
from steps.tables.catalogue import readable
from steps.tables.home_credit import APPLICATION, home_credit

Text = Mapping[str, str]
LARGEST = 1e15  # of a number that is written with its thousands apart


def label(name: str, language: Language, meaning: Meaning | None = None) -> str:
    """The field's name as a form shows it; a lender's own field, which nothing here describes, by its column's name."""
    if not _is_known(name, meaning):
        return readable(name)
    if (entry := _entry(name)) is not None:
        return entry["label"][language]
    return history_label(name, language)


def help_of(name: str, language: Language, meaning: Meaning | None = None) -> str:
    """One sentence for the person who fills the field in; of a lender's own field the contract's, in its language.

    Empty where it would only repeat the label.
    """
    if _is_known(name, meaning):
        entry = _entry(name)
        return "" if entry is None else spaced(entry["help"][language], language)
    return "" if meaning is None or meaning.description == f"{readable(name)}." else meaning.description


def unit(name: str, language: Language, meaning: Meaning | None = None) -> str:
    """The unit of a number, empty of a text or a pure number; one that is not known stays in the contract's words."""
    known = meaning or _meanings().get(name)
    stated = "" if known is None else known.unit
    return _document("fields")["units"].get(stated, {}).get(language, stated)


def topic(code: str, language: Language) -> str:
    """The name of a topic such as LOAN_AMOUNT; a lender's own field is its own topic and goes by its name."""
    entry = _document("fields")["topics"].get(code)
    return readable(code) if entry is None else entry[language]


def level(name: str, value: str, language: Language) -> str:
    """A category of a text, or 1 or 0 of a flag, as a form's option; one that is not known stays as it is."""
    document = _document("levels")
    options = document["levels"].get(name, document["flag"] if _is_flag(name) else {})
    return (options.get(value) or document["any"].get(value) or {}).get(language, value)


def digits(value: object) -> str:
    """A value as categories, forms and records write it: 1.0 is 1."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def value_in_words(name: str, value: object, language: Language) -> str:
    """A value of a field as a person reads it: a category in words, or a number with its thousands apart."""
    text = digits(value)
    words = level(name, text, language)
    if words != text or not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > LARGEST:
        return words
    return plain(value, language)


def _is_flag(name: str) -> bool:
    return name in _meanings() and _meanings()[name].unit == "1 yes, 0 no"


def _is_known(name: str, meaning: Meaning | None) -> bool:
    """Whether the field is Home Credit's: by its name, and by what it means where the contract says so."""
    own = _meanings().get(name)
    if own is None:
        return meaning is None and _entry(name) is not None
    return meaning is None or meaning.description == own.description


def _entry(name: str) -> Mapping[str, Text] | None:
    """The label and the help of a field of the application or of what derives from it, None of others."""
    document = _document("fields")
    if name in document["fields"]:
        return document["fields"][name]
    if name in document["derived"]:
        return {"label": document["derived"][name], "help": dict.fromkeys(LANGUAGES, "")}
    if match := re.fullmatch(r"FLAG_DOCUMENT_(\d+)", name):
        return _filled(document["document"], {"number": dict.fromkeys(LANGUAGES, match[1])})
    stem, _, statistic = name.rpartition("_")
    measure, statistic = document["measures"].get(stem), document["statistics"].get(statistic)
    if measure is None or statistic is None:
        return None
    return _filled(document["building"], {"measure": measure, "statistic": statistic})


def _filled(entry: Mapping[str, Text], parts: Mapping[str, Text]) -> Mapping[str, Text]:
    return {
        kind: {
            language: text.format(**{part: words[language] for part, words in parts.items()})
            for language, text in texts.items()
        }
        for kind, texts in entry.items()
    }


@cache
def _meanings() -> Mapping[str, Meaning]:
    return home_credit()[APPLICATION].meanings | history_meanings()


@cache
def _document(name: str) -> dict[str, Any]:
    return read_yaml(Path(__file__).with_name(f"{name}.yaml"))
