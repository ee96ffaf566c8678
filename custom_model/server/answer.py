"""An answer of the server's own: status, JSON and headers."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson

from custom_model.errors import Refusal

Send = Callable[[dict], Awaitable[None]]
Header = tuple[bytes, bytes]

# 1,000 rows that are wrong in every field would be answered with 60 MB.
MOST_PROBLEMS = 1_000


class Answer(NamedTuple):
    """What is sent back, whole."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    media_type: bytes = b"application/json"

    async def send(self, send: Send, headers: list[Header]) -> None:
        """Send it under these headers and its own."""
        length = str(len(self.body)).encode()
        own = [(b"content-type", self.media_type), (b"content-length", length), *headers, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": own})
        await send({"type": "http.response.body", "body": self.body})


def of_json(status: int, told: object) -> Answer:
    """What is told, as JSON."""
    return Answer(status, orjson.dumps(told))


def of_refusal(refusal: Refusal) -> Answer:
    """A refusal as MLflow's server would send it, with Retry-After where it says when; problems are cut at 1,000."""
    told = dict(refusal.body)
    if len(told.get("problems", ())) > MOST_PROBLEMS:
        told["problems"] = told["problems"][:MOST_PROBLEMS]
    later = told.get("retry_after")
    headers = () if later is None else ((b"retry-after", str(later).encode()),)
    return Answer(refusal.status, orjson.dumps(told), headers)
