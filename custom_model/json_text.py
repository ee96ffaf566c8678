"""JSON of what goes on record."""

import json
from math import isnan

import orjson


def as_json(value: object, is_sorted: bool = False) -> str:
    """JSON text without spaces, NaN as null; `is_sorted` by the names of fields.

    Python's own JSON accepts what orjson rejects: integers over 64 bits.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if is_sorted else None).decode()
    except TypeError:
        return json.dumps(_without_nan(value), allow_nan=False, separators=(",", ":"), sort_keys=is_sorted)


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and isnan(value) else value
