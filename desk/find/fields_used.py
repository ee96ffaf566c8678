"""The fields that a decision was made on, by topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custom_model.meanings import Meaning


@dataclass(frozen=True)
class Field:
    """One field of a request.

    Attributes
    ----------
    unit : str
        Of its number, as the contract has it; empty for texts.
    is_of_store : bool
        Whether the history store added it.
    """

    name: str
    value: Any
    unit: str
    is_of_store: bool


@dataclass(frozen=True)
class FieldGroup:
    """The fields of a topic that have a value, and the names of those without."""

    topic: str
    fields: list[Field]
    absent: list[str]


def groups(
    request: Mapping[str, Any], stored: Mapping[str, Any], meanings: Mapping[str, Meaning], id_field: str
) -> list[FieldGroup]:
    """The fields of a request and those that the store added, in the order in which topics first appear.

    Without a meaning a field has no topic: "". The client's id is none of the fields.
    """
    found: dict[str, FieldGroup] = {}
    for name, value in {**request, **stored}.items():
        if name == id_field:
            continue
        meaning = meanings.get(name)
        topic = "" if meaning is None else meaning.topic
        group = found.setdefault(topic, FieldGroup(topic, [], []))
        if value is None:
            group.absent.append(name)
        else:
            group.fields.append(Field(name, value, "" if meaning is None else meaning.unit, name in stored))
    return list(found.values())
