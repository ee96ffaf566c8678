"""A request's body: read within limits, and parsed into a payload and params."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import lru_cache
from io import BytesIO

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from custom_model.applications import DUPLICATE_COLUMN, kind
from custom_model.errors import BadRequest, Problem, Unavailable, shorten
from custom_model.server.admission import Permit
from custom_model.server.errors import Disconnected, TooLarge, TooSlow, WrongMediaType
from custom_model.server.media_types import JSON, PARQUET
from custom_model.server.settings import Settings

Receive = Callable[[], Awaitable[dict]]

INPUTS, RECORDS, SPLIT = "inputs", "dataframe_records", "dataframe_split"
FORMATS = (INPUTS, RECORDS, SPLIT)
PARAMS = "params"


async def read(receive: Receive, content_length: bytes | None, permit: Permit, settings: Settings) -> bytes:
    """Read the whole body, of a declared length or in chunks; one over the limit is not read any further.

    Raises `TooLarge`, `TooSlow`, `Disconnected`, or `Unavailable` when all bodies exceed their limit.
    """
    # The parser has accepted the length; with zeros before it, it may have more digits than `int` takes.
    if content_length is not None and int(content_length.strip().lstrip(b"0") or b"0") > settings.max_body_bytes:
        raise TooLarge("the body has too many bytes", settings.max_body_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > settings.max_body_bytes:
                    raise TooLarge("the body has too many bytes", settings.max_body_bytes)
                permit.reserve(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body"):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise TooSlow(settings.body_seconds) from None


def parse(content_type: bytes | None, body: bytes, settings: Settings) -> tuple[object, object]:
    """Parse JSON or Parquet into the payload and the params of `DecisionService.decide`.

    Raises `BadRequest`, `WrongMediaType`, `TooLarge` for more applications than the limit, or `Unavailable` when
    memory is short.
    """
    if content_type is None:
        raise _bad(None, f"expected a Content-Type: {JSON}, or {PARQUET}")
    media = _media_type(content_type)
    if media == JSON:
        return _json(body, settings.max_rows)
    if media == PARQUET:
        return _parquet(body, settings), None
    raise WrongMediaType


@lru_cache(maxsize=64)
def _media_type(content_type: bytes) -> str | None:
    """The media type without a charset of UTF-8; None for any other parameter, as in MLflow's server."""
    media, *parameters = (part.strip() for part in content_type.decode("latin-1").lower().split(";"))
    if any(parameter not in ("charset=utf-8", 'charset="utf-8"') for parameter in parameters):
        return None
    return media


def _json(body: bytes, max_rows: int) -> tuple[object, object]:
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
        raise BadRequest([Problem(None, shorten(name), "unknown key of the request") for name in unknown])
    if len(formats) != 1:
        raise _bad(None, f"expected exactly one of {', '.join(FORMATS)}, got {len(formats)}")
    rows = request[formats[0]]
    if formats[0] == SPLIT:
        rows = _split(rows, max_rows)
    if isinstance(rows, list) and len(rows) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    return rows, request.get(PARAMS)


def _split(table: object, max_rows: int) -> list[dict]:
    """The rows of pandas' orient "split": column names once, then the values of each row."""
    if not isinstance(table, dict):
        raise _bad(SPLIT, f"expected an object, got {kind(table)}")
    unknown = [name for name in table if name not in ("columns", "data", "index")]
    if unknown:
        raise BadRequest([Problem(None, f"{SPLIT}.{shorten(name)}", "unknown key") for name in unknown])
    columns, data = _list(table, "columns"), _list(table, "data")
    if not all(isinstance(name, str) for name in columns):
        raise _bad(f"{SPLIT}.columns", "expected strings")
    duplicates = [name for name, count in Counter(columns).items() if count > 1]
    if duplicates:
        raise BadRequest([Problem(None, shorten(name), DUPLICATE_COLUMN) for name in duplicates])
    if len(data) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    invalid = [row for row, values in enumerate(data) if not isinstance(values, list) or len(values) != len(columns)]
    if invalid:
        expected = f"expected a list of {len(columns)} values, as many as columns"
        raise BadRequest([Problem(row, None, expected) for row in invalid])
    return [dict(zip(columns, values, strict=True)) for values in data]


def _list(table: dict, key: str) -> list:
    value = table.get(key)
    if not isinstance(value, list):
        raise _bad(f"{SPLIT}.{key}", f"expected a list, got {kind(value)}")
    return value


def _parquet(body: bytes, settings: Settings) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(BytesIO(body))
        rows_fit = file.metadata.num_rows <= settings.max_rows
        unpacked_bytes = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
        if rows_fit and unpacked_bytes <= settings.max_held_bytes:
            return file.read().to_pandas()
    except (pa.ArrowException, OSError, ValueError, TypeError, NotImplementedError):
        # Also Arrow's own memory error: it comes from the sizes that a damaged file declares.
        raise _bad(None, "the body is not Parquet that can be read") from None
    except MemoryError:
        raise Unavailable("the server is short of memory") from None
    if rows_fit:
        raise TooLarge("the body has too many bytes when unpacked", settings.max_held_bytes)
    raise TooLarge("too many applications in one request", settings.max_rows)


def _bad(field: str | None, problem: str) -> BadRequest:
    return BadRequest([Problem(None, field, problem)])
