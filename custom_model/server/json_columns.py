"""A JSON body of many applications that have the same fields, decoded by the contract's types.

Such a decoder makes no dictionary and no key of a row, which is most of what a parser makes of one. What it does not
take, whatever the reason, is for the parser of all bodies, which knows what to say.

It looks for each key from the place of the last one on: a row whose keys are in another order than those of the first
takes the square of its fields, for 657 of them a millisecond. So rows by chance must have the first one's order, and a
body has no more keys than its rows can have.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from random import randrange
from typing import Any, NamedTuple, TypeAlias

import msgspec
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.arrow.applications import Cells
from custom_model.arrow.cells import MANY, cells_of
from custom_model.arrow.columns import Columns
from custom_model.contract import Contract
from custom_model.positions import is_by_position, on_record, on_record_by_position
from custom_model.server.json_counts import count, has_no_doubled_key

SPLIT, PARAMS = "dataframe_split", "params"
HEAD = 256 * 1024  # bytes in which the first application must end
FIRST = re.compile(rb'"(inputs|dataframe_records)"\s*:\s*\[\s*(\{[^{}]*\})')
SAMPLED = 8  # rows by chance: where so many are in order, hardly any is not
EIGHTH = 8  # of a body that its first application, or its list of columns, takes: it has few like that
DECODERS = 8  # of lists of fields: a client sends the same ones again and again
Value: TypeAlias = int | float | str | None
NUMBER: Any = int | float | None
TEXT: Any = str | None
WHOLE: Any = int | None


class _Split(msgspec.Struct, forbid_unknown_fields=True):
    columns: list[str]
    data: list[tuple[Value, ...]]
    index: list[Value] | msgspec.UnsetType = msgspec.UNSET


class _SplitRequest(msgspec.Struct, forbid_unknown_fields=True):
    dataframe_split: _Split
    params: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Decoded(NamedTuple):
    names: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    has_one_order: bool  # of the fields in all rows as sent
    params: msgspec.Raw | msgspec.UnsetType
    keys: int  # of all objects but the params


def decode_columns(
    body: bytes, max_rows: int, contract: Contract, as_sent: Callable[[], list[dict]]
) -> tuple[Columns, object] | None:
    """The applications in columns, and the params; None for few applications, and for any that may be a problem.

    `as_sent` parses the body into its applications; it is called where a row is odd after all.
    """
    if _has_few(body):
        return None
    colons = count(body, b":")
    try:
        decoded = _decoded(body, max_rows, contract, colons)
        if decoded is None or not MANY <= len(decoded.rows) <= max_rows:
            return None
        params = None if decoded.params is msgspec.UNSET else orjson.loads(bytes(decoded.params))
    except (ValueError, RecursionError):  # msgspec's and orjson's errors among them, and names that msgspec refuses
        return None
    names, rows = decoded.names, decoded.rows
    keys = decoded.keys + (0 if decoded.params is msgspec.UNSET else 1) + (len(params) if type(params) is dict else 0)
    cells = cells_of(contract, names, rows, has_json_types=True)
    if cells is None or not has_no_doubled_key(body, colons, keys, partial(_colons, cells)):
        return None

    def requests() -> list[str]:
        if is_by_position(contract, len(names)):
            return on_record_by_position(contract, names, rows)
        return [on_record(contract, row) for row in as_sent()]

    return Columns(cells._replace(has_one_order=decoded.has_one_order), as_sent, requests), params


def _has_few(body: bytes) -> bool:
    """Whether a body has few applications; where it ends with the first one, that is found in no time."""
    end = min(body.find(b"}"), body.find(b"]"))
    if end * EIGHTH > len(body):
        return True
    return body.count(b"{") < MANY and body.count(b"[") < MANY  # of few, `bytes.count` is the faster one


def _decoded(body: bytes, max_rows: int, contract: Contract, colons: int) -> _Decoded | None:
    """The rows of a body of the contract's fields; raises what the decoders raise."""
    first = FIRST.search(body, 0, HEAD)
    if first is None:
        request = _split_decoder().decode(body)
        table = request.dataframe_split
        names, width = tuple(table.columns), len(table.columns)
        if not contract.names.issuperset(names) or len({*names}) < width or {*map(len, table.data)} != {width}:
            return None
        return _Decoded(names, table.data, True, request.params, 3 if table.index is msgspec.UNSET else 4)
    form, names = first[1].decode(), tuple(orjson.loads(first[2]))
    rows_at_most = count(body, b"{")
    # Each row takes the memory of all fields, as soon as its brace is read.
    if not contract.names.issuperset(names) or rows_at_most > max_rows + 2:
        return None
    if colons > rows_at_most * (len(names) + 1) or not _are_in_order(body, first, names):
        return None
    request = decoder_of(contract, form, names).decode(body)
    rows = [*map(msgspec.structs.astuple, request.rows)]
    return _Decoded(names, rows, False, request.params, 1 + len(rows) * len(names))


def _are_in_order(body: bytes, first: re.Match[bytes], names: tuple[str, ...]) -> bool:
    """Whether rows by chance have their keys in this order; raises `JSONDecodeError` for what is no flat object."""
    begin, end = first.start(2), body.rfind(b"]")
    for _ in range(SAMPLED if begin < end else 0):
        start = body.rfind(b"{", begin, randrange(begin, end) + 1)
        if tuple(orjson.loads(body[start : body.find(b"}", start) + 1])) != names:
            return False
    return True


def _colons(cells: Cells) -> int:
    """How many colons the texts have."""
    texts = [column for column in cells.texts.values() if pa.types.is_string(column.type)]
    return sum(pc.sum(pc.count_substring(column, ":")).as_py() or 0 for column in texts)


def decoder_of(contract: Contract, form: str, names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """The decoder of a request whose applications have all of these fields of the contract and no other.

    A request has its applications as `rows`, and `params` undecoded.
    """
    return _decoder(form, names, tuple(_type(contract, name) for name in names))


def _type(contract: Contract, name: str) -> Any:
    if name in contract.numeric_column_of:
        return NUMBER
    return WHOLE if name == contract.id and not contract.id_is_text else TEXT


@lru_cache(maxsize=1)
def _split_decoder() -> msgspec.json.Decoder:
    return msgspec.json.Decoder(_SplitRequest)


@lru_cache(maxsize=DECODERS)
def _decoder(form: str, names: tuple[str, ...], types: tuple[Any, ...]) -> msgspec.json.Decoder[Any]:
    name_of = {f"field{place}": name for place, name in enumerate(names)}
    application = msgspec.defstruct(
        "Application", [*zip(name_of, types, strict=True)], rename=name_of, forbid_unknown_fields=True, gc=False
    )
    fields: list[Any] = [
        ("rows", list[application]),  # type: ignore[valid-type]  # a class that exists only at run time
        ("params", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET),
    ]
    return msgspec.json.Decoder(msgspec.defstruct("Request", fields, rename={"rows": form}, forbid_unknown_fields=True))
