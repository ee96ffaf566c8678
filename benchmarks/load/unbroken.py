"""Clients that never stop: each asks again at once, on a new connection where the server closes the last one."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from time import perf_counter
from typing import NamedTuple

import uvloop

from benchmarks.load.closed_loop import without_garbage_collection
from benchmarks.load.connection import Answer, Connection, connect
from steps.run.console import UserError

CLOSES = b"\r\nconnection: close"
DECISION = b'"decision_id":"'
DECISION_BYTES = 36


class Decided(NamedTuple):
    """A decision: when it was asked for, on the clock of `perf_counter`, seconds to the answer, and its id."""

    at: float
    seconds: float
    decision: str


class UnbrokenClients:
    """`decided` has every answer with a decision, `failures` every request without one."""

    def __init__(self, url: str, requests: Sequence[bytes]):
        self.url = url
        self.decided: list[Decided] = []
        self.failures: list[str] = []
        self._requests = cycle(requests)
        self._waiting: dict[Connection, asyncio.Future[Answer]] = {}
        self._over = False

    @contextmanager
    def asking(self, connections: int) -> Iterator[None]:
        """Ask over so many connections, in a thread, while the block runs; the last answers are awaited."""
        thread = threading.Thread(target=self._run, args=(connections,))
        thread.start()
        try:
            yield
        finally:
            self._over = True
            thread.join()

    def _run(self, connections: int) -> None:
        with without_garbage_collection(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._ask_all(connections))

    async def _ask_all(self, connections: int) -> None:
        await asyncio.gather(*(self._ask() for _ in range(connections)))

    async def _ask(self) -> None:
        connection: Connection | None = None
        while not self._over:
            try:
                if connection is None:
                    connection = await connect(self.url, self._answered, self._lost)
                answer = await self._answer(connection, next(self._requests))
            except (OSError, UserError) as error:
                self.failures.append(str(error))
                connection = None
                await asyncio.sleep(0.1)
                continue
            if CLOSES in answer.head:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    async def _answer(self, connection: Connection, request: bytes) -> Answer:
        waiting = self._waiting[connection] = asyncio.get_running_loop().create_future()
        connection.send(request)
        answer = await waiting
        start = answer.received.find(DECISION) + len(DECISION)
        if answer.status == 200 and start >= len(DECISION):
            decision = answer.received[start : start + DECISION_BYTES].decode()
            self.decided.append(Decided(perf_counter() - answer.seconds, answer.seconds, decision))
        else:
            self.failures.append(answer.received[:300].decode(errors="replace"))
        return answer

    def _answered(self, connection: Connection, answer: Answer) -> None:
        self._waiting.pop(connection).set_result(answer)

    def _lost(self, connection: Connection, error: Exception) -> None:
        self._waiting.pop(connection).set_exception(error)
