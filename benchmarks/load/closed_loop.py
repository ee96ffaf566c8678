"""The load: a closed loop of keep-alive connections that send prepared requests, one after the other."""

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from time import perf_counter

import uvloop

from benchmarks.load.connection import Answer, Connection, connect, request_of
from steps.run.console import UserError

WARM_UP = 0.2  # seconds
LEAST_ANSWERS = 20  # a slow server is measured until it has given as many, for a median that means something
LONGEST = 10  # times the wished-for seconds; after as many more for the warm-up and the last answers it is an error


@dataclass(frozen=True)
class Load:
    """What a server did under load: latencies in milliseconds, `rate` in answers a second."""

    p50: float
    p99: float
    rate: float

    @classmethod
    def of(cls, latencies: Sequence[float], elapsed: float) -> "Load":
        """From the seconds that each answer took, and those that all of them took."""
        return cls(1000 * percentile(latencies, 50), 1000 * percentile(latencies, 99), len(latencies) / elapsed)


def measure(url: str, bodies: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send the bodies in turn to `url` over as many connections at once, each with its next when it has its answer.

    The clock starts when every connection has had an answer, and requests under way at the end are
    waited for but not counted, so that they do not burden whatever is measured next. Raises
    `UserError` for an answer other than 200 and for a server that stops answering.
    """
    with undisturbed(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        latencies, elapsed = runner.run(_closed_loop(url, bodies, connections, seconds))
    return Load.of(latencies, elapsed)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collection in the client, which would be measured as the server's: it takes 100 ms after a training."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed: of 1 to 100, 99 % give 99."""
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


async def _closed_loop(
    url: str, bodies: Sequence[bytes], connections: int, seconds: float
) -> tuple[list[float], float]:
    window = _Window([request_of(url, body) for body in bodies], connections, seconds)
    made: list[Connection] = []
    try:
        async with asyncio.timeout(30 + 2 * LONGEST * seconds):
            for _ in range(connections):
                made.append(await connect(url, window.answered, window.failed))
                made[-1].send(next(window.requests))
            await window.drained
    except TimeoutError:
        raise UserError(f"{url} stopped answering: {len(window.latencies)} answers so far") from None
    finally:
        for connection in made:
            connection.close()
    return window.latencies, window.closed_at - window.opened_at


class _Window:
    """The time that counts: opened after the warm-up, closed after enough seconds and answers."""

    def __init__(self, requests: Sequence[bytes], connections: int, seconds: float):
        self.requests = cycle(requests)
        self.drained = asyncio.get_running_loop().create_future()
        self.heard: set[Connection] = set()
        self.connections = self.busy = connections
        self.seconds = seconds
        self.started_at = perf_counter()
        self.opened_at = self.closed_at = 0.0
        self.latencies: list[float] = []

    def answered(self, connection: Connection, answer: Answer) -> None:
        """Count an answer, and ask for the next while the window is open."""
        if answer.status != 200:
            said = answer.received[:600].decode(errors="replace")
            self.failed(connection, UserError(f"expected status 200, got {said}"))
        elif self._goes_on(connection, answer):
            connection.send(next(self.requests))
        else:
            connection.close()
            self.busy -= 1
            if not self.busy and not self.drained.done():
                self.drained.set_result(None)

    def failed(self, connection: Connection, error: Exception) -> None:
        if not self.drained.done():
            self.drained.set_exception(error)

    def _goes_on(self, connection: Connection, answer: Answer) -> bool:
        now = perf_counter()
        if not self.opened_at:
            self.heard.add(connection)
            if len(self.heard) == self.connections and now - self.started_at >= WARM_UP:
                self.opened_at = now
            return True
        if not self.closed_at:
            self.latencies.append(answer.seconds)
            elapsed = now - self.opened_at
            enough = elapsed >= self.seconds and len(self.latencies) >= LEAST_ANSWERS
            if not enough and elapsed < LONGEST * self.seconds:
                return True
            self.closed_at = now
        return False
