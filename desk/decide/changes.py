"""What changed between two applications, and between the decisions about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from custom_model.decisions import Decision
from desk.decide.inputs import kind_of
from desk.language.field_words import label, value_in_words
from desk.language.languages import Language, day
from desk.language.localized import Localized
from desk.language.reason_words import sentence
from desk.served import Version

Decided = tuple[Mapping[str, Any], Decision]


@dataclass(frozen=True)
class Change:
    """A field and its two values in words; empty where there is none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """Two decisions side by side: the fields that differ, and the reasons that came and went, in words.

    `is_loan_alone`: whether only fields of the loan differ that the policy lets move.
    """

    fields: list[Change]
    is_loan_alone: bool
    before: Decision
    after: Decision
    gone: list[Localized]
    new: list[Localized]


def changes(version: Version, was: Decided, now: Decided, language: Language, today: date) -> Changes:
    """What changed from one to the other, both made `today`."""
    (fields, before), (new_fields, after) = was, now
    names = [name for name in version.contract.fields if fields.get(name) != new_fields.get(name)]
    texts, new_texts = ([each["text"] for each in decision["reasons"]] for decision in (before, after))
    return Changes(
        fields=[
            Change(
                label(name, language, version.scorecard.meanings.get(name)),
                value_words(version, name, fields.get(name), language, today),
                value_words(version, name, new_fields.get(name), language, today),
            )
            for name in names
        ],
        is_loan_alone=set(names) <= moved_fields(version),
        before=before,
        after=after,
        gone=[sentence(each, language) for each in texts if each not in new_texts],
        new=[sentence(each, language) for each in new_texts if each not in texts],
    )


def moved_fields(version: Version) -> set[str]:
    """The fields of the loan that the policy lets move, and those that follow them."""
    return {field for name, move in version.scorecard.alternatives.items() for field in (name, *move.in_proportion)}


def value_words(version: Version, name: str, value: object, language: Language, today: date) -> str:
    """A value as people read it, days before `today` as a day; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, int | float) and kind_of(version, name) == "day" and value <= 0:
        return day(today + timedelta(days=value), language)
    return value_in_words(name, value, language)
