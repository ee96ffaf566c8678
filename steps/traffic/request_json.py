"""The JSON of a request on record, read by whoever decides or counts it again."""

import json
from typing import Any

import orjson


def request_of(text: str | bytes) -> dict[str, Any] | None:
    """The request as a JSON object, whole numbers over 64 bits included; None for what is none."""
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            request = json.loads(text)  # whole numbers over 64 bits
        except (ValueError, RecursionError):
            request = None
    return request if isinstance(request, dict) else None
