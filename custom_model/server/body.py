"""A request's body: read within limits, and parsed into a payload and params."""

import asyncio
from collections.abc import Awaitable, Callable

from custom_model.contract import Contract
from custom_model.errors import BadRequest, Problem
from custom_model.server.admission import Permit
from custom_model.server.errors import Disconnected, TooLarge, TooSlow, WrongEncoding, WrongMediaType
from custom_model.server.json_body import parse_json
from custom_model.server.known_orders import KnownOrders
from custom_model.server.media_types import JSON, PARQUET, media_type
from custom_model.server.parquet_body import parse_parquet
from custom_model.server.settings import Settings

Receive = Callable[[], Awaitable[dict]]


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


def readable_media_type(headers: dict[bytes, bytes]) -> str:
    """The body's media type; raises `BadRequest`, `WrongEncoding` or `WrongMediaType` for a body that is not read."""
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise WrongEncoding
    if headers.get(b"transfer-encoding", b"chunked").strip().lower() != b"chunked":
        raise WrongEncoding  # such as "gzip, chunked", of which the parser undoes the chunks alone
    content_type = headers.get(b"content-type")
    if content_type is None:
        raise BadRequest([Problem(None, None, f"expected a Content-Type: {JSON}, or {PARQUET}")])
    media = media_type(content_type)
    if media is None:
        raise WrongMediaType
    return media


def parse(
    media: str,
    body: bytes,
    settings: Settings,
    contract: Contract,
    orders: KnownOrders | None = None,
    query_params: dict[str, object] | None = None,
) -> tuple[object, object]:
    """Parse a body of a readable media type into the payload and the params of `DecisionService.decide`.

    `orders` are those of JSON's fields that are known; `query_params` are the params of a Parquet body.

    Raises `BadRequest`, `TooLarge` for more applications than the limit, or `Unavailable` when memory is short.
    """
    if media == PARQUET:
        return parse_parquet(body, settings, contract), query_params
    return parse_json(body, settings.max_rows, contract, orders)
