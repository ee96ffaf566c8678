"""An application on record by position: its values in the order of its contract, whose names take four fifths of it.

A contract knows no booleans, so that false stands for a field that was left out, beside null for one that was sent as
null. The text of each value is the one that it has beside its name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from json import dumps
from operator import add, itemgetter
from typing import Any, TypeGuard

from custom_model.contract import Contract
from custom_model.json_text import as_json

LEFT_OUT = "false"
SHARE = 4  # a field with its name takes about as much as four that are left out
VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\[\]"]+')


def is_by_position(contract: Contract, fields: int) -> bool:
    """Whether an application with so many of the contract's fields takes less without their names."""
    return fields * SHARE >= len(contract.order)


def on_record(contract: Contract, application: Mapping[str, Any]) -> str:
    """The JSON of a valid application: a list by position, or an object where it has few of the fields.

    With the order ``("ID", "AGE", "COLOUR")``, ``{"COLOUR": "red", "AGE": None}`` is ``[false,null,"red"]``.
    """
    if is_by_position(contract, len(application)):
        values = {**contract.left_out, **application}
        if len(values) == len(contract.order):  # the names of a table need not be texts
            return as_json([*values.values()])
    return as_json(application)


def on_record_by_position(contract: Contract, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """The lists by position of many valid applications, each with values of the same fields in the order of `names`."""
    ordered = in_order_of_record(contract, names)
    return [as_json([*ordered([*row, False])]) for row in rows]


def in_order_of_record(contract: Contract, names: Sequence[str]) -> "itemgetter[Any]":
    """Takes the values of these names, with `False` behind them, and gives them by position."""
    place_of = {name: place for place, name in enumerate(names)}
    return itemgetter(*[place_of.get(name, len(names)) for name in contract.order])


def has_no_names(text: str | None) -> TypeGuard[str]:
    """Whether the JSON of an application is by position."""
    return text is not None and text.startswith("[")


def named(order: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """The application of these values; raises `ValueError` where they are not of this order."""
    return {name: value for name, value in zip(order, values, strict=True) if value is not False}


def named_text(prefixes: Sequence[str], text: str) -> str:
    """The same of JSON, whose values keep their texts; `prefixes` is from `prefixes_of`."""
    values = text[1:-1].split(",")
    if '"' in text and (len(values) != len(prefixes) or "\\" in text):  # a text may have commas: few do
        numbers = text.index('"')
        values = [*text[1:numbers].split(",")[:-1], *VALUE.findall(text[numbers:])]
    if len(values) != len(prefixes):
        raise ValueError(f"expected {len(prefixes)} values, got {len(values)}")
    members: Iterator[str] = map(add, prefixes, values)
    if LEFT_OUT in text:
        members = compress(members, map(LEFT_OUT.__ne__, values))
    return f"{{{','.join(members)}}}"


def prefixes_of(order: Sequence[str]) -> list[str]:
    """What stands before each value in an object."""
    return [f"{dumps(name, ensure_ascii=False)}:" for name in order]
