"""A client's keep-alive connection, with one request at a time and next to no work for an answer.

Client and servers share the machine's cores: requests are bytes prepared beforehand, and of an answer
only status and length are read.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from steps.run.console import UserError

HEAD_ENDS = b"\r\n\r\n"
JSON, PARQUET = "application/json", "application/vnd.apache.parquet"


class Answer(NamedTuple):
    """Head and body of an answer, and the seconds from the request's first byte to the answer's last."""

    status: int
    received: bytes
    seconds: float

    @property
    def head(self) -> bytes:
        """Status line and headers in lower case."""
        return self.received.partition(HEAD_ENDS)[0].lower()


class Connection(asyncio.Protocol):
    """Calls `answered` with each answer, and `lost` with an error or an end while it waits for one."""

    def __init__(
        self, answered: Callable[["Connection", Answer], None], lost: Callable[["Connection", Exception], None]
    ):
        self.answered = answered
        self.lost = lost
        self.is_waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> None:
        self.received = b""
        self.is_waiting = True
        self.sent_at = perf_counter()
        self.transport.write(request)

    def close(self) -> None:
        self.is_waiting = False
        self.transport.close()

    @property
    def is_open(self) -> bool:
        return not self.transport.is_closing()

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        self.received += data
        try:
            length = length_of_answer(self.received)
        except UserError as error:
            self.is_waiting = False
            self.lost(self, error)
            return
        if length is None or len(self.received) < length:
            return
        self.is_waiting = False
        self.answered(self, Answer(int(self.received[9:12]), self.received, now - self.sent_at))

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_waiting:
            self.lost(self, UserError(f"the server closed the connection: {error or 'no error given'}"))


def request_of(url: str, body: bytes, media_type: str = JSON, query: str = "") -> bytes:
    """The bytes of a request for decisions; Parquet has its params in the query."""
    target = f"/invocations?{query}" if query else "/invocations"
    head = f"POST {target} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: {media_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def length_of_answer(received: bytes) -> int | None:
    """Bytes of the answer that `received` begins with, None while its head is incomplete."""
    end = received.find(HEAD_ENDS)
    if end < 0:
        return None
    head = received[:end].lower()
    if not head.startswith((b"http/1.1 ", b"http/1.0 ")):
        raise UserError(f"expected an answer in HTTP/1, got {head[:100].decode(errors='replace')}")
    _, header, length = head.partition(b"content-length:")
    if not header:
        raise UserError("expected an answer with Content-Length, got one without")
    return end + len(HEAD_ENDS) + int(length.split(b"\r\n", 1)[0])


async def connect(
    url: str,
    answered: Callable[[Connection, Answer], None],
    lost: Callable[[Connection, Exception], None],
) -> Connection:
    """A new connection to the server at `url`, which names host and port."""
    address = urlsplit(url)
    if address.hostname is None or address.port is None:
        raise UserError(f"expected a URL with host and port, got {url}")
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(answered, lost), address.hostname, address.port)
    return connection
