"""The catalogue of reasons: the sentences for a client, read from reasons.yaml."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from steps.run.yaml_file import read_yaml
from steps.tables.aggregation import Feature, features_of
from steps.tables.recipes import RECIPES, TableRecipes

Language = Literal["en", "fr"]


class Wording(BaseModel):
    """The sentences of a feature; an empty one gives no reason.

    Parameters
    ----------
    neutral : float or None
        A fixed point beyond which `low` or `high` is true: a value must be beyond it, too.
    low, high : str
        Of a value below and above the training clients' median.
    missing : str
        Of an absent value that the client can supply.
    any : str
        Of every category that `values` lacks.
    values : dict[str, str]
        Of one category, or of one number as "0" or "365243".
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    neutral: float | None = None
    low: str = ""
    high: str = ""
    missing: str = ""
    any: str = ""
    values: dict[str, str] = {}

    def sentences(self) -> dict[str, str]:
        """Every sentence by what it is told of: "low", "high", "missing", "any", or "value " and the value."""
        every = {"low": self.low, "high": self.high, "missing": self.missing, "any": self.any}
        every |= {f"value {value}": sentence for value, sentence in self.values.items()}
        return {kind: sentence for kind, sentence in every.items() if sentence}


@cache
def wordings(language: Language = "en") -> dict[str, Wording]:
    """The wording of each feature of Home Credit's tables: application, derived, history; in no order."""
    fields = {
        name: _wording(entry, language) for entries in _document()["fields"].values() for name, entry in entries.items()
    }
    return fields | _history(RECIPES, language)


@cache
def translations(language: Language) -> Mapping[str, str]:
    """Each sentence in this language by the English one, which is the one that a model says and a record keeps."""
    return {
        english: wordings(language)[name].sentences()[kind]
        for name, wording in wordings().items()
        for kind, english in wording.sentences().items()
    }


@cache
def topics() -> dict[str, str]:
    """The topic of each of the catalogue's fields: columns of the application and derived features."""
    return {name: topic for topic, entries in _document()["fields"].items() for name in entries}


def from_name(name: str, kind: Literal["number", "flag", "category"]) -> Wording:
    """The wording of another lender's column, from its name: `loan_amount` gives "Loan amount is high".

    A flag is 0 or 1: `has_garden` gives "Has garden: no". A name without a word, such as `7`, has no sentence,
    nor has a missing value: who can supply it is not known.
    """
    return from_words(readable(name), kind)


def from_words(words: str, kind: Literal["number", "flag", "category"]) -> Wording:
    """The wording of a column that is called so, as `from_name` has it."""
    if not re.search(r"[^\W\d_]{2}", words):
        return Wording()
    if kind == "category":
        return Wording(any=f"{words} counts against the application")
    if kind == "flag":
        return Wording(values={"0": f"{words}: no", "1": f"{words}: yes"})
    return Wording(low=f"{words} is low", high=f"{words} is high")


def readable(name: str) -> str:
    """A column's name as words: `loan_amount`, `loanAmount` and `LOAN.AMOUNT` give "Loan amount"."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = " ".join(re.split(r"[\W_]+", parts)).strip().lower()
    return words[:1].upper() + words[1:]


def _history(recipes: Mapping[str, TableRecipes], language: Language) -> dict[str, Wording]:
    return {name: wording for table in recipes.values() for name, wording in _of_table(table, language)}


def _of_table(recipes: TableRecipes, language: Language) -> Iterator[tuple[str, Wording]]:
    table = _document()["history"][recipes.prefix]
    for feature in features_of(recipes):
        window = table["windows"][feature.window]
        words = {part: sentence[language] for part, sentence in window.items() if language in sentence}
        lines = table["features"]
        entry = next(lines[line] for line in lines_of(feature) if line in lines)
        yield feature.name, _wording(entry, language, words)


def lines_of(feature: Feature) -> tuple[str, str]:
    """The catalogue's lines of a history feature, its own before the one that it shares with other windows.

    ("DAYS_LATE MEAN D90", "DAYS_LATE MEAN"); of two windows ("DAYS_LATE MEAN D90/D365", "DAYS_LATE MEAN RATIO").
    """
    line = f"{feature.recipe.column} {feature.function}"
    return f"{line} {feature.window}", f"{line} RATIO" if "/" in feature.window else line


def _wording(entry: Mapping[str, Any], language: Language, window: Mapping[str, str] | None = None) -> Wording:
    sentences = {
        kind: _filled(sentence[language], window or {})
        for kind, sentence in entry.items()
        if kind not in ("neutral", "values")
    }
    values = {value: sentence[language] for value, sentence in entry.get("values", {}).items()}
    return Wording(neutral=entry.get("neutral"), values=values, **sentences)


def _filled(sentence: str, window: Mapping[str, str]) -> str:
    """The sentence with the window's words; it begins with a capital letter."""
    text = sentence.format_map(window)
    return text[:1].upper() + text[1:]


@cache
def _document() -> dict[str, Any]:
    return read_yaml(Path(__file__).with_name("reasons.yaml"))
