"""Requests on record, parsed into columns: what cannot be read is counted, and stops nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
import pyarrow as pa

from steps.monitoring.referencing.columns import Column
from steps.traffic.request_json import request_of

WHOLE = "the request"  # in place of a field: what is on record is no JSON object
LONGEST_NAME = 100  # characters
NUMBERS, TEXTS = frozenset({float, int, type(None)}), frozenset({str, type(None)})


@dataclass(frozen=True)
class Requests:
    """Requests in columns, by field.

    `unknown` has the names that are none of the fields', and `unreadable` the fields with values of another kind, which
    count as missing; both with their numbers of requests.
    """

    columns: Mapping[str, Column]
    unknown: Counter[str]
    unreadable: Counter[str]


class RequestReader:
    """Reads requests into columns.

    Parameters
    ----------
    numbers, categories : sequence of str
        The fields.
    identity : str
        Name of the client's id, which is no field.
    """

    def __init__(self, numbers: Sequence[str], categories: Sequence[str], identity: str):
        self._numbers = numbers
        self._categories = categories
        self._known = frozenset({*numbers, *categories, identity})

    def read(self, fields: Sequence[bytes], history_fields: Sequence[bytes | None]) -> Requests:
        """The requests of JSON on record: as they were sent, and what the history store added."""
        unknown, unreadable = Counter[str](), Counter[str]()
        rows = [_parsed(text, unreadable) for text in fields]
        for row, text in zip(rows, history_fields, strict=True):
            if text is not None:
                row.update(_parsed(text, unreadable))
        for row in rows:
            if not row.keys() <= self._known:
                unknown.update(_shortened(name) for name in row.keys() - self._known)
        columns = self._number_columns(rows, unreadable)
        columns |= {name: _texts(name, [row.get(name) for row in rows], unreadable) for name in self._categories}
        return Requests(columns, unknown, unreadable)

    def _number_columns(self, rows: Sequence[Mapping[str, Any]], unreadable: Counter[str]) -> dict[str, Column]:
        cells: list[Any] = []
        for row in rows:
            values = [*map(row.get, self._numbers)]
            if not NUMBERS.issuperset(map(type, values)):
                values = _readable(self._numbers, values, unreadable)
            cells += values
        try:
            matrix = np.array(cells, np.float64)
        except OverflowError:  # a whole number beyond any float
            values = cells
            cells = []
            for first in range(0, len(values), len(self._numbers)):
                cells += _readable(self._numbers, values[first : first + len(self._numbers)], unreadable)
            matrix = np.array(cells, np.float64)
        by_field = np.ascontiguousarray(matrix.reshape(len(rows), len(self._numbers)).T)
        infinite = np.isinf(by_field)
        if infinite.any():
            by_field[infinite] = nan
            unreadable.update({self._numbers[place]: int(n) for place, n in enumerate(infinite.sum(axis=1)) if n})
        return dict(zip(self._numbers, by_field, strict=True))


def readable(request: Mapping[str, Any]) -> dict[str, float | str]:
    """The values that can be a field's: finite numbers, as floats, and texts."""
    kept: dict[str, float | str] = {}
    for name, value in request.items():
        if not _is_text(name):
            continue
        if isinstance(value, str):
            if _is_text(value):
                kept[name] = value
        elif type(value) in (int, float) and _is_finite(value):
            kept[name] = float(value)
    return kept


def _parsed(text: bytes, unreadable: Counter[str]) -> dict[str, Any]:
    request = request_of(text)
    if request is None:
        unreadable[WHOLE] += 1
        return {}
    return request


def _shortened(name: str) -> str:
    """A name that whoever sends requests has chosen, without what no text can have."""
    return name[:LONGEST_NAME].encode(errors="replace").decode()


def _readable(names: Sequence[str], values: Sequence[Any], unreadable: Counter[str]) -> list[float | None]:
    """The values that are numbers, None in place of any other."""
    found: list[float | None] = []
    for name, value in zip(names, values, strict=True):
        is_number = type(value) is float or (type(value) is int and _is_finite(value))
        if value is not None and not is_number:
            unreadable[name] += 1
        found.append(value if is_number else None)
    return found


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _texts(name: str, values: list[Any], unreadable: Counter[str]) -> pa.Array:
    if TEXTS.issuperset(map(type, values)):
        try:
            return pa.array(values, pa.string())
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON can have
            pass
    readable = [value if _is_text(value) else None for value in values]
    lost = sum(value is not None for value in values) - sum(value is not None for value in readable)
    unreadable[name] += lost
    return pa.array(readable, pa.string())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)
