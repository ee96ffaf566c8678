"""The fields that a decision was made on, by topic and in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from custom_model.meanings import Meaning
from desk.language.field_words import digits, label, level, topic, unit, value_in_words
from desk.language.languages import Language

DECIMALS = 4  # that a number is told with


@dataclass(frozen=True)
class FieldWords:
    """The words of a version's fields in a language; without a meaning a field goes by the words of its name."""

    meanings: Mapping[str, Meaning]
    language: Language

    def label(self, name: str) -> str:
        return label(name, self.language, self.meanings.get(name))

    def labels(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.label, names))

    def topic(self, name: str) -> str:
        """The topic that a field is listed under; empty without a meaning."""
        meaning = self.meanings.get(name)
        return "" if meaning is None else topic(meaning.topic, self.language)

    def value(self, name: str, value: Any) -> str:
        return value_in_words(name, value, self.language)

    def unit(self, name: str, value: Any) -> str:
        """The unit of a number, empty of a value that is a word."""
        return unit(name, self.language, self.meanings.get(name)) if self.is_number(name, value) else ""

    def is_number(self, name: str, value: Any) -> bool:
        """Whether a value is told as a number."""
        is_word = isinstance(value, bool | str) or level(name, digits(value), self.language) != digits(value)
        return isinstance(value, int | float) and not is_word


@dataclass(frozen=True)
class Field:
    """One field of a decision.

    Attributes
    ----------
    exact : str
        The value as it is on record, where `value` is rounded or in words.
    is_of_store : bool
        Whether the history store added it.
    """

    name: str
    label: str
    value: str
    exact: str
    unit: str
    is_of_store: bool


@dataclass(frozen=True)
class FieldGroup:
    """The fields of a topic that have a value, and the labels of those without."""

    topic: str
    fields: list[Field]
    absent: list[str]

    @property
    def count(self) -> int:
        """The number of fields that have a value."""
        return len(self.fields)


def groups(request: Mapping[str, Any], stored: Mapping[str, Any], id_field: str, words: FieldWords) -> list[FieldGroup]:
    """The fields of a request and those that the store added, in the order in which topics first appear.

    The client's id is none of the fields.
    """
    found: dict[str, FieldGroup] = {}
    for name, value in {**request, **stored}.items():
        if name == id_field:
            continue
        group = found.setdefault(words.topic(name), FieldGroup(words.topic(name), [], []))
        if value is None:
            group.absent.append(words.label(name))
        else:
            group.fields.append(_field(name, value, name in stored, words))
    return list(found.values())


def _field(name: str, value: Any, is_of_store: bool, words: FieldWords) -> Field:
    said = words.value(name, value)
    exact = digits(value)
    is_whole = words.is_number(name, value) and value == round(value, DECIMALS)
    return Field(
        name, words.label(name), said, "" if is_whole or said == exact else exact, words.unit(name, value), is_of_store
    )
