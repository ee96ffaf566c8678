"""A JSON body of many applications that have the same fields, decoded by the contract's types.

Such a decoder makes no dictionary and no key of a row, which is most of what a parser makes of one. What it does not
take, whatever the reason, is for the parser of all bodies, which knows what to say.

It looks for each key from the place of the last one on: a row whose keys are in another order than those of the first
takes the square of its fields, for 657 of them a millisecond. So rows by chance must have the first one's order, and a
body has no more keys than its rows can have.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import chain
from random import randrange
from typing import Any, NamedTuple, TypeAlias

import msgspec
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.arrow.applications import Cells
from custom_model.arrow.cells import MANY, cells_of, rows_at_once
from custom_model.arrow.columns import Columns
from custom_model.contract import Contract
from custom_model.field_order import Value
from custom_model.positions import is_by_position, on_record, on_record_by_position
from custom_model.server.json_counts import Punctuation, has_no_doubled_key
from custom_model.server.json_rows import Rows

SPLIT, PARAMS = "dataframe_split", "params"
HEAD = 256 * 1024  # bytes in which the first application must end
FIRST = re.compile(rb'"(inputs|dataframe_records)"\s*:\s*\[\s*(\{[^{}]*\})')
FIRST_OF_TABLE = re.compile(rb'"data"\s*:\s*\[\s*\[')
SAMPLED = 8  # rows by chance: where so many are in order, hardly any is not
EIGHTH = 8  # of a body that its first application, or its list of columns, takes: it has few like that
DECODERS = 8  # of lists of fields: a client sends the same ones again and again
Row: TypeAlias = tuple[Value, ...]
NUMBER: Any = int | float | None
TEXT: Any = str | None
WHOLE: Any = int | None


class _Split(msgspec.Struct, forbid_unknown_fields=True):
    columns: list[str]
    data: list[str]  # the mark
    index: list[Value] | msgspec.UnsetType = msgspec.UNSET


class _SplitRequest(msgspec.Struct, forbid_unknown_fields=True):
    dataframe_split: _Split
    params: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Decoded(NamedTuple):
    names: tuple[str, ...]
    rows: Callable[[], Iterator[list[Row]]]  # part by part, decoded when they are asked for
    has_one_order: bool  # of the fields in all rows as sent
    params: msgspec.Raw | msgspec.UnsetType
    keys: Callable[[int], int]  # of all objects but the params, for so many rows


def decode_columns(
    body: bytes, counts: Punctuation, max_rows: int, contract: Contract, as_sent: Callable[[], list[dict]]
) -> tuple[Columns, object] | None:
    """The applications in columns, and the params; None for few applications, and for any that may be a problem.

    `as_sent` parses the body into its applications; it is called where a row is odd after all.
    """
    if _has_few(body, counts):
        return None
    try:
        decoded = _decoded(body, counts, max_rows, contract)
        if decoded is None:
            return None
        params = None if decoded.params is msgspec.UNSET else orjson.loads(bytes(decoded.params))
        names = decoded.names
        cells = cells_of(contract, names, _at_most(max_rows, decoded.rows()), has_json_types=True)
    except (ValueError, RecursionError):  # msgspec's and orjson's errors among them, and names that msgspec refuses
        return None
    if cells is None or len(cells.values) < MANY:
        return None
    keys = decoded.keys(len(cells.values))
    keys += (0 if decoded.params is msgspec.UNSET else 1) + (len(params) if type(params) is dict else 0)
    if not has_no_doubled_key(body, counts.colons, keys, partial(_colons, cells)):
        return None

    def requests() -> list[str]:
        if is_by_position(contract, len(names)):
            return on_record_by_position(contract, names, chain.from_iterable(decoded.rows()))
        return [on_record(contract, row) for row in as_sent()]

    return Columns(cells._replace(has_one_order=decoded.has_one_order), as_sent, requests), params


def _has_few(body: bytes, counts: Punctuation) -> bool:
    """Whether a body has few applications; that it ends with the first one is found at once."""
    end = min(body.find(b"}"), body.find(b"]"))
    return end * EIGHTH > len(body) or max(counts.objects, counts.lists) < MANY


def _decoded(body: bytes, counts: Punctuation, max_rows: int, contract: Contract) -> _Decoded | None:
    """The rows of a body of the contract's fields; raises what the decoders raise."""
    first = FIRST.search(body, 0, HEAD)
    if first is None:
        return _table(body, contract)
    names = tuple(orjson.loads(first[2]))
    # Each row takes the memory of all fields, as soon as its brace is read.
    if not contract.names.issuperset(names) or counts.objects > max_rows + 2:
        return None
    if counts.colons > counts.objects * (len(names) + 1) or not _are_in_order(body, first, names):
        return None
    rows = Rows.of(body, first.start(2), rows_at_once(len(names)))
    if rows is None:
        return None
    request = _decoder(first[1].decode(), str).decode(rows.rest)
    part = _list_decoder(_application(names, _types(contract, names)))
    if request.rows != [rows.mark]:
        return None

    def tuples() -> Iterator[list[Row]]:
        return ([*map(msgspec.structs.astuple, part.decode(each))] for each in rows.lists())

    return _Decoded(names, tuples, False, request.params, lambda count: 1 + count * len(names))


def _table(body: bytes, contract: Contract) -> _Decoded | None:
    """The rows of a table whose columns are of the contract's names."""
    first = FIRST_OF_TABLE.search(body, 0, HEAD)
    rows = None if first is None else Rows.of(body, first.end() - 1, rows_at_once(len(contract.names)))
    if rows is None:
        return None
    request = _table_decoder().decode(rows.rest)
    table = request.dataframe_split
    names = tuple(table.columns)
    if table.data != [rows.mark] or not contract.names.issuperset(names) or len({*names}) < len(names):
        return None
    part = _list_decoder(tuple[_types(contract, names)])  # type: ignore[misc]  # types that are known at run time
    keys = 3 if table.index is msgspec.UNSET else 4
    return _Decoded(names, lambda: map(part.decode, rows.lists()), True, request.params, lambda _: keys)


def _at_most(max_rows: int, parts: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The parts; raises `ValueError` for more rows, of which each takes the memory of all fields."""
    count = 0
    for part in parts:
        count += len(part)
        if count > max_rows:
            raise ValueError("more rows than a request may have")
        yield part


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
    return _decoder(form, _application(names, _types(contract, names)))


def _types(contract: Contract, names: tuple[str, ...]) -> tuple[Any, ...]:
    identity = TEXT if contract.id_is_text else WHOLE
    return tuple(
        NUMBER if name in contract.numeric_column_of else identity if name == contract.id else TEXT for name in names
    )


@lru_cache(maxsize=DECODERS)
def _application(names: tuple[str, ...], types: tuple[Any, ...]) -> Any:
    """The type of an application that has all of these fields and no other."""
    name_of = {f"field{place}": name for place, name in enumerate(names)}
    fields = zip(name_of, types, strict=True)
    return msgspec.defstruct("Application", [*fields], rename=name_of, forbid_unknown_fields=True, gc=False)


@lru_cache(maxsize=DECODERS)
def _decoder(form: str, row: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of a request with rows of this type: applications, or a mark in their place."""
    fields: list[Any] = [("rows", list[row]), ("params", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET)]
    return msgspec.json.Decoder(msgspec.defstruct("Request", fields, rename={"rows": form}, forbid_unknown_fields=True))


@lru_cache(maxsize=DECODERS)
def _list_decoder(row: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of some rows of this type."""
    return msgspec.json.Decoder(list[row])


@lru_cache(maxsize=1)
def _table_decoder() -> msgspec.json.Decoder[_SplitRequest]:
    """The decoder of a table's request with a mark in the place of its rows."""
    return msgspec.json.Decoder(_SplitRequest)
