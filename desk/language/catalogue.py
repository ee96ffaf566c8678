"""The catalogue of the desk's words: each in every language, side by side."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

from desk.language.languages import LANGUAGES, Language, spaced
from steps.run.yaml_file import read_yaml

FOLDER = Path(__file__).with_name("words")


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The words by key, each by language: "frame.decide" is the entry `decide` of words/frame.yaml.

    Raises `ValueError` for an entry that lacks a language, or whose languages name other values.
    """
    catalogue: dict[str, Mapping[str, str]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for key, entry in read_yaml(file).items():
            name = f"{file.stem}.{key}"
            if set(entry) != set(LANGUAGES):
                raise ValueError(f"{file.name}: {key}: expected each of {LANGUAGES}, got {sorted(entry)}")
            if len({frozenset(placeholders(text)) for text in entry.values()}) > 1:
                raise ValueError(f"{file.name}: {key}: its languages name other values")
            catalogue[name] = {language: spaced(entry[language], language) for language in LANGUAGES}
    return catalogue


def placeholders(text: str) -> list[str]:
    """The names of the values that a text has in braces."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def say(language: Language, key: str, **values: object) -> str:
    """The words of this key with these values; a value that is a key itself is said in words, too."""
    catalogue = words()
    said = {
        name: catalogue[value][language] if isinstance(value, str) and value in catalogue else value
        for name, value in values.items()
    }
    return catalogue[key][language].format(**said)
