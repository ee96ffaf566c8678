"""A request's body: read under limits, and turned into applications and params."""

import asyncio
from collections import Counter
from functools import lru_cache
from io import BytesIO
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from custom_model.applications import kind
from custom_model.errors import BadRequest, Problem, shortened
from custom_model.server.admission import Visit
from custom_model.server.errors import JSON, PARQUET, Disconnected, TooLarge, TooSlow, WrongMediaType
from custom_model.server.settings import Settings

INPUTS, RECORDS, SPLIT = "inputs", "dataframe_records", "dataframe_split"
FORMATS = (INPUTS, RECORDS, SPLIT)
PARAMS = "params"


async def read(receive, declared: bytes | None, visit: Visit, settings: Settings) -> bytes:
    """The whole body, declared or in chunks; what is too large is refused before it is read.

    Raises `TooLarge`, `TooSlow`, `Unavailable` where the server holds too much, or `Disconnected`.
    """
    if declared is not None and int(declared) > settings.max_body_bytes:
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
                visit.hold(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body"):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise TooSlow(settings.body_seconds) from None


def parse(content_type: bytes | None, body: bytes, settings: Settings) -> tuple[object, object]:
    """What was sent and its params, as `DecisionService` takes them, from JSON or Parquet.

    Raises `BadRequest`, `WrongMediaType`, or `TooLarge` for more applications than the limit.
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
    """As MLflow has it: a type, and no parameter but a charset, which is UTF-8; None for any other."""
    media, *parameters = (part.strip() for part in content_type.decode("latin-1").lower().split(";"))
    if any(parameter not in ("charset=utf-8", 'charset="utf-8"') for parameter in parameters):
        return None
    return media


def _json(body: bytes, max_rows: int) -> tuple[object, object]:
    try:
        # Strict as RFC 8259 has it, in UTF-8, at most 1,024 deep and with no number beyond a double.
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad(None, f"the body is not JSON that can be read: line {error.lineno}, column {error.colno}") from None
    if not isinstance(sent, dict):
        raise _bad(None, f"expected an object with one of {', '.join(FORMATS)}, got {kind(sent)}")
    formats = [name for name in sent if name in FORMATS]
    unknown = [name for name in sent if name not in FORMATS and name != PARAMS]
    if unknown:
        raise BadRequest([Problem(None, shortened(name), "unknown key of the request") for name in unknown])
    if len(formats) != 1:
        raise _bad(None, f"expected exactly one of {', '.join(FORMATS)}, got {len(formats)}")
    rows = sent[formats[0]]
    if formats[0] == SPLIT:
        rows = _split(rows, max_rows)
    if isinstance(rows, list) and len(rows) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    return rows, sent.get(PARAMS)


def _split(sent: Any, max_rows: int) -> list[dict]:
    """The rows of pandas' form "split": columns once, then the values of each row."""
    if not isinstance(sent, dict):
        raise _bad(SPLIT, f"expected an object, got {kind(sent)}")
    unknown = [name for name in sent if name not in ("columns", "data", "index")]
    if unknown:
        raise BadRequest([Problem(None, f"{SPLIT}.{shortened(name)}", "unknown key") for name in unknown])
    columns, data = sent.get("columns"), sent.get("data")
    for name, value in (("columns", columns), ("data", data)):
        if not isinstance(value, list):
            raise _bad(f"{SPLIT}.{name}", f"expected a list, got {kind(value)}")
    if not all(isinstance(name, str) for name in columns):
        raise _bad(f"{SPLIT}.columns", "expected strings")
    twice = [name for name, times in Counter(columns).items() if times > 1]
    if twice:
        raise BadRequest([Problem(None, shortened(name), "the column was sent more than once") for name in twice])
    if len(data) > max_rows:
        raise TooLarge("too many applications in one request", max_rows)
    wrong = [row for row, values in enumerate(data) if not isinstance(values, list) or len(values) != len(columns)]
    if wrong:
        expected = f"expected a list of {len(columns)} values, as many as columns"
        raise BadRequest([Problem(row, None, expected) for row in wrong])
    return [dict(zip(columns, values, strict=True)) for values in data]


def _parquet(body: bytes, settings: Settings) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(BytesIO(body))
        within = file.metadata.num_rows <= settings.max_rows
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
        if within and unpacked <= settings.max_held_bytes:
            return file.read().to_pandas()
    except (pa.ArrowException, OSError, ValueError, TypeError, NotImplementedError, MemoryError):
        raise _bad(None, "the body is not Parquet that can be read") from None
    if within:
        raise TooLarge("the body has too many bytes when unpacked", settings.max_held_bytes)
    raise TooLarge("too many applications in one request", settings.max_rows)


def _bad(field: str | None, problem: str) -> BadRequest:
    return BadRequest([Problem(None, field, problem)])
