"""The load: a closed loop of keep-alive connections that all send one prepared request.

Client and servers share the machine's cores, so the client does next to nothing: bytes prepared
beforehand, no task and no parsing beyond status and length for each answer.
"""

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from urllib.parse import urlsplit

import uvloop

from steps.console import UserError

WARM_UP = 0.2  # seconds
LEAST_ANSWERS = 20  # a slow server is measured until it has given as many, for a median that means something
LONGEST = 10  # times the wished-for seconds; after as many more for the warm-up and the last answers it is an error


@dataclass(frozen=True)
class Load:
    """What a server did under load: latencies in milliseconds, `rate` in answers a second."""

    p50: float
    p99: float
    rate: float


def measure(url: str, body: bytes, connections: int, seconds: float) -> Load:
    """Send `body` to `url` over as many connections at once, each with its next request when it has its answer.

    The clock starts when every connection has had an answer, and requests under way at the end are
    waited for but not counted, so that they do not burden whatever is measured next. Raises
    `UserError` for an answer other than 200 and for a server that stops answering.
    """
    # A collection in the client would be measured as the server's: it takes 100 ms after a training.
    gc.collect()
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            latencies, elapsed = runner.run(_closed_loop(url, body, connections, seconds))
    finally:
        gc.enable()
    return Load(1000 * percentile(latencies, 50), 1000 * percentile(latencies, 99), len(latencies) / elapsed)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed: of 1 to 100, 99 % give 99."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def length_of_answer(received: bytes) -> int | None:
    """Bytes of the answer that `received` begins with, None while its head is incomplete; `UserError` if not 200."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    if not head.startswith((b"http/1.1 200", b"http/1.0 200")):
        raise UserError(f"expected status 200, got {received[:600].decode(errors='replace')}")
    _, found, length = head.partition(b"content-length:")
    if not found:
        raise UserError("expected an answer with Content-Length, got one without")
    return end + 4 + int(length.split(b"\r\n", 1)[0])


async def _closed_loop(url: str, body: bytes, connections: int, seconds: float) -> tuple[list[float], float]:
    loop = asyncio.get_running_loop()
    window = _Window(loop.create_future(), connections, seconds)
    address = urlsplit(url)
    head = f"POST /invocations HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    transports = []
    try:
        async with asyncio.timeout(30 + 2 * LONGEST * seconds):
            for _ in range(connections):
                transport, _ = await loop.create_connection(
                    lambda: _Connection(request, window), address.hostname, address.port
                )
                transports.append(transport)
            await window.drained
    except TimeoutError:
        raise UserError(f"{url} stopped answering: {len(window.latencies)} answers so far") from None
    finally:
        for transport in transports:
            transport.close()
    return window.latencies, window.closed_at - window.opened_at


class _Window:
    """The time that counts: opened after the warm-up, closed after enough seconds and answers."""

    def __init__(self, drained: asyncio.Future, connections: int, seconds: float):
        self.drained = drained
        self.busy = connections
        self.silent = connections
        self.seconds = seconds
        self.started_at = perf_counter()
        self.opened_at = self.closed_at = 0.0
        self.latencies: list[float] = []

    def answered(self, sent_at: float, now: float, is_first: bool) -> bool:
        """Count an answer; return whether its connection is to send again."""
        self.silent -= is_first
        if not self.opened_at:
            if not self.silent and now - self.started_at >= WARM_UP:
                self.opened_at = now
            return True
        if not self.closed_at:
            self.latencies.append(now - sent_at)
            elapsed = now - self.opened_at
            enough = elapsed >= self.seconds and len(self.latencies) >= LEAST_ANSWERS
            if not enough and elapsed < LONGEST * self.seconds:
                return True
            self.closed_at = now
        self.busy -= 1
        if not self.busy and not self.drained.done():
            self.drained.set_result(None)
        return False

    def failed(self, error: Exception) -> None:
        if not self.drained.done():
            self.drained.set_exception(error)


class _Connection(asyncio.Protocol):
    """One client: sends, waits for the whole answer, sends again."""

    def __init__(self, request: bytes, window: _Window):
        self.request = request
        self.window = window
        self.is_first = True
        self.waits = True

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.received = b""
        self.sent_at = perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        self.received += data
        try:
            length = length_of_answer(self.received)
        except UserError as error:
            self.window.failed(error)
            return
        if length is None or len(self.received) < length:
            return
        self.waits = self.window.answered(self.sent_at, now, self.is_first)
        self.is_first = False
        if self.waits:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self.waits:
            self.window.failed(UserError(f"the server closed the connection: {error or 'without a word'}"))
