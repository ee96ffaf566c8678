"""The query of a request: the params beside a Parquet body, which has no place for them."""

import re
from collections import Counter
from urllib.parse import parse_qsl

from custom_model.errors import BadRequest, Problem, first_problems, shorten
from custom_model.server.media_types import PARQUET
from custom_model.server.request_headers import DOUBLED

QUERY = "query"
MAX_QUERY_BYTES = 4096  # twenty times all params; a head may have 64 KiB, which take 0.1 s to decode
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")  # as in JSON (RFC 8259, section 6)
BOOLEANS = {"true": True, "false": False}

ONLY_PARQUET = "expected none: the params of JSON are in its body, as `params` beside the applications"
TOO_LONG = f"expected at most {MAX_QUERY_BYTES:,} bytes"
UNREADABLE = "expected name=value, joined by &, percent-encoded in UTF-8"


def params_of_query(query: bytes, media: str) -> dict[str, object]:
    """The params of a query that is not empty, for `validate_params`: a value of another form stays a text, and fails.

    "reasons=none&threshold=0.2" gives {"reasons": "none", "threshold": 0.2}.

    Raises `BadRequest` beside a body of another media type than Parquet, for a query that cannot be read, and for each
    param that comes more than once: either could be the one meant.
    """
    if media != PARQUET:
        raise BadRequest([Problem(None, QUERY, ONLY_PARQUET)])
    if len(query) > MAX_QUERY_BYTES:
        raise BadRequest([Problem(None, QUERY, TOO_LONG)])
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:  # also bytes that are not UTF-8
        raise BadRequest([Problem(None, QUERY, UNREADABLE)]) from None
    counts = Counter(name for name, _ in pairs)
    doubled = [name for name, count in counts.items() if count > 1]
    if doubled:
        raise BadRequest(first_problems(Problem(None, f"params.{shorten(name)}", DOUBLED) for name in doubled))
    return {name: _value(name, text) for name, text in pairs}


def _value(name: str, text: str) -> object:
    if name == "threshold" and NUMBER.fullmatch(text):
        return float(text)
    if name == "simulate":
        return BOOLEANS.get(text, text)
    return text
