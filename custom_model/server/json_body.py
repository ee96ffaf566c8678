"""A JSON body: three formats of applications, and params."""

from collections import Counter
from functools import partial
from typing import cast

import orjson

from custom_model.applications import DUPLICATE_COLUMN, kind
from custom_model.contract import Contract
from custom_model.errors import BadRequest, Problem, first_problems, shorten
from custom_model.server.errors import TooLarge
from custom_model.server.json_columns import PARAMS, SPLIT, decode_columns
from custom_model.server.json_counts import Punctuation, check_keys, check_size, texts_of
from custom_model.server.known_orders import KnownOrders

INPUTS, RECORDS = "inputs", "dataframe_records"
FORMATS = (INPUTS, RECORDS, SPLIT)
SCALARS = frozenset({int, float, str, bool, type(None)})


def parse_json(
    body: bytes, max_rows: int, contract: Contract, orders: KnownOrders | None = None
) -> tuple[object, object]:
    """Parse a body into the payload and the params of `DecisionService.decide`; `orders` may know its fields.

    Raises `BadRequest`, or `TooLarge` for more applications, or more objects and fields, than the limit.
    """
    known = None if orders is None else orders.decode(body)
    if known is not None:  # of a body that is too small to be checked
        return known
    counts = Punctuation(body)
    check_size(body, counts, max_rows, contract)
    as_sent = partial(_sent, body, counts, max_rows, contract)
    decoded = decode_columns(body, counts, max_rows, contract, as_sent)
    return decoded or _parsed(body, counts, max_rows, contract)


def _sent(body: bytes, counts: Punctuation, max_rows: int, contract: Contract) -> list[dict]:
    """The applications of a body that a decoder has seen, each as a dictionary."""
    payload, _ = _parsed(body, counts, max_rows, contract)
    return cast(list[dict], payload)


def _parsed(body: bytes, counts: Punctuation, max_rows: int, contract: Contract) -> tuple[object, object]:
    """The same of any body, with each application as a dictionary."""
    try:
        # orjson is strict: RFC 8259 in UTF-8, at most 1,024 levels deep, numbers within a double.
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad(None, f"the body is not JSON that can be read: line {error.lineno}, column {error.colno}") from None
    if not isinstance(request, dict):
        raise _bad(None, f"expected an object with one of {', '.join(FORMATS)}, got {kind(request)}")
    formats = [name for name in request if name in FORMATS]
    unknown = [name for name in request if name not in FORMATS and name != PARAMS]
    if unknown:
        raise BadRequest(first_problems(Problem(None, shorten(name), "unknown key of the request") for name in unknown))
    if len(formats) != 1:
        raise _bad(None, f"expected exactly one of {', '.join(FORMATS)}, got {len(formats)}")
    payload, params = request[formats[0]], request.get(PARAMS)
    keys = len(request) + (len(params) if isinstance(params, dict) else 0)
    if formats[0] == SPLIT:
        names, rows = _split(payload, max_rows)
        places = [place for place, name in enumerate(names) if name not in contract.numeric_column_of]
        check_keys(body, counts.colons, keys + len(payload), (row[place] for place in places for row in rows))
        return [dict(zip(names, row, strict=True)) for row in rows], params
    if not isinstance(payload, list):
        return payload, params
    if len(payload) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    keys += sum([len(each) for each in payload if type(each) is dict])
    check_keys(body, counts.colons, keys, texts_of(payload, contract))
    return payload, params


def _split(table: object, max_rows: int) -> tuple[list[str], list[list]]:
    """The table of pandas' orient "split": column names once, then the values of each row."""
    if not isinstance(table, dict):
        raise _bad(SPLIT, f"expected an object, got {kind(table)}")
    unknown = (name for name in table if name not in ("columns", "data", "index"))
    problems = first_problems(Problem(None, f"{SPLIT}.{shorten(name)}", "unknown key") for name in unknown)
    if problems:
        raise BadRequest(problems)
    columns, data = _list(table, "columns"), _list(table, "data")
    if "index" in table and not SCALARS.issuperset(map(type, _list(table, "index"))):
        raise _bad(f"{SPLIT}.index", "expected numbers or strings")
    if not all(isinstance(name, str) for name in columns):
        raise _bad(f"{SPLIT}.columns", "expected strings")
    doubled = (name for name, count in Counter(columns).items() if count > 1)
    problems = first_problems(Problem(None, shorten(name), DUPLICATE_COLUMN) for name in doubled)
    if problems:
        raise BadRequest(problems)
    if len(data) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    invalid = [row for row, values in enumerate(data) if not isinstance(values, list) or len(values) != len(columns)]
    if invalid:
        expected = f"expected a list of {len(columns)} values, as many as columns"
        raise BadRequest([Problem(row, None, expected) for row in invalid])
    return columns, data


def _list(table: dict, key: str) -> list:
    value = table.get(key)
    if not isinstance(value, list):
        raise _bad(f"{SPLIT}.{key}", f"expected a list, got {kind(value)}")
    return value


def _bad(field: str | None, problem: str) -> BadRequest:
    return BadRequest([Problem(None, field, problem)])
