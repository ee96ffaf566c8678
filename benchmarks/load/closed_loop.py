"""Closed loop: each keep-alive connection sends its next prepared request when it has its answer."""

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from time import perf_counter

import uvloop

from benchmarks.load.connection import JSON, Answer, Connection, connect, request_of
from steps.run.console import UserError

WARM_UP = 0.2  # seconds
MIN_ANSWERS = 20  # a slow server is measured until it has given as many, for a median that means something
MAX_EXTENSION = 10  # times the planned seconds; twice as many include the warm-up and the last answers


@dataclass(frozen=True)
class Load:
    """The performance of a server under load: latencies in milliseconds, `rate` in answers a second."""

    p50: float
    p99: float
    rate: float

    @classmethod
    def of(cls, latencies: Sequence[float], elapsed: float) -> "Load":
        """From the latency of each answer and the duration of the measurement, in seconds."""
        return cls(1000 * percentile(latencies, 50), 1000 * percentile(latencies, 99), len(latencies) / elapsed)


def measure(
    url: str, bodies: Sequence[bytes], connections: int, seconds: float, media_type: str = JSON, query: str = ""
) -> Load:
    """Send the bodies in turn to `url` over so many connections, one request at a time on each.

    The clock starts when every connection has had an answer. Requests under way at the end are awaited
    but not counted, so that they do not burden the next measurement. Raises `UserError` for an answer
    other than 200 and for a server that stops answering.
    """
    requests = [request_of(url, body, media_type, query) for body in bodies]
    with without_garbage_collection(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        latencies, elapsed = runner.run(_closed_loop(url, requests, connections, seconds))
    return Load.of(latencies, elapsed)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Switch off the client's garbage collection, which takes 100 ms after a training and would count as latency."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed: of 1 to 100, 99 % give 99."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


async def _closed_loop(
    url: str, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], float]:
    window = _Window(requests, connections, seconds)
    opened: list[Connection] = []
    try:
        async with asyncio.timeout(30 + 2 * MAX_EXTENSION * seconds):
            for _ in range(connections):
                opened.append(await connect(url, window.answered, window.failed))
                opened[-1].send(next(window.requests))
            await window.drained
    except TimeoutError:
        raise UserError(f"{url} stopped answering: {len(window.latencies)} answers so far") from None
    finally:
        for connection in opened:
            connection.close()
    return window.latencies, window.closed_at - window.opened_at


class _Window:
    """The measured interval: it opens after the warm-up, and closes after enough seconds and answers."""

    def __init__(self, requests: Sequence[bytes], connections: int, seconds: float):
        self.requests = cycle(requests)
        self.drained = asyncio.get_running_loop().create_future()
        self.responsive: set[Connection] = set()
        self.connections = self.busy = connections
        self.seconds = seconds
        self.started_at = perf_counter()
        self.opened_at = self.closed_at = 0.0
        self.latencies: list[float] = []

    def answered(self, connection: Connection, answer: Answer) -> None:
        """Count an answer, and send the next request while the window is open."""
        if answer.status != 200:
            response = answer.received[:600].decode(errors="replace")
            self.failed(connection, UserError(f"expected status 200, got {response}"))
        elif self._continues(connection, answer):
            connection.send(next(self.requests))
        else:
            connection.close()
            self.busy -= 1
            if not self.busy and not self.drained.done():
                self.drained.set_result(None)

    def failed(self, connection: Connection, error: Exception) -> None:
        if not self.drained.done():
            self.drained.set_exception(error)

    def _continues(self, connection: Connection, answer: Answer) -> bool:
        now = perf_counter()
        if not self.opened_at:
            self.responsive.add(connection)
            if len(self.responsive) == self.connections and now - self.started_at >= WARM_UP:
                self.opened_at = now
            return True
        if not self.closed_at:
            self.latencies.append(answer.seconds)
            elapsed = now - self.opened_at
            enough = elapsed >= self.seconds and len(self.latencies) >= MIN_ANSWERS
            if not enough and elapsed < MAX_EXTENSION * self.seconds:
                return True
            self.closed_at = now
        return False
