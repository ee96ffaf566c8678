"""Answers of the server's own: status, JSON and headers."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson

from custom_model.errors import RequestError

Send = Callable[[dict], Awaitable[None]]
Header = tuple[bytes, bytes]


class Answer(NamedTuple):
    """A complete HTTP response."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    media_type: bytes = b"application/json"

    async def send(self, send: Send, headers: list[Header]) -> None:
        """Send it with these headers and its own."""
        length = str(len(self.body)).encode()
        all_headers = [(b"content-type", self.media_type), (b"content-length", length), *headers, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": all_headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(status: int, content: object) -> Answer:
    """The content as JSON."""
    return Answer(status, orjson.dumps(content))


def error_answer(error: RequestError) -> Answer:
    """An error as MLflow's server sends it, with Retry-After for a 503."""
    retry_after = error.body.get("retry_after")
    headers = () if retry_after is None else ((b"retry-after", str(retry_after).encode()),)
    return Answer(error.status, orjson.dumps(error.body), headers)
