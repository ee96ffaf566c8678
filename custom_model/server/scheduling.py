"""Scheduling: small requests are decided on the event loop, a few in each of its turns; large ones in a thread."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

# Up to these sizes a decision takes less time than a switch to a thread and back costs the other requests.
QUICK_ROWS = 4
QUICK_BYTES = 128 * 1024
TURN = 8  # quick tasks in one turn of the loop where no other thread waits for it: they take a few milliseconds
FLUSH_AFTER = 32  # quick tasks from which on a flush does not wait for those that wait


class Scheduler:
    """Two queues, first come, first served.

    Quick tasks run on the event loop: two threads that compete for the GIL double each other's time. After `turn` of
    them the loop reads and answers, so that a full queue rejects at once; with each single one it polls as often as it
    decides. Long tasks run in one thread of their own, in which LightGBM releases the GIL; `RowParts` scores many rows
    in more.

    `flush` is called after a turn when no quick task waits or `FLUSH_AFTER` have run, so that their records share a
    transaction. The thread that writes them gets the GIL while the loop reads: with `TURN` tasks in a turn its records
    take a third longer, and so do all answers.
    """

    def __init__(self, flush: Callable[[], None] = lambda: None, turn: int = 1):
        self._flush = flush
        self._turn = turn
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._in_turn = self._unflushed = 0
        self._thread = ThreadPoolExecutor(1, "scoring")

    async def quick(self, task: Callable[..., Result], *arguments: object) -> Result:
        """Run a task on the event loop: in this turn, or in its order in one of the next."""
        loop = asyncio.get_running_loop()
        if self._waiting or self._in_turn >= self._turn:
            granted = loop.create_future()
            self._waiting.append(granted)
            await granted
        else:
            if not self._in_turn:
                loop.call_soon(self._next_turn, loop)
            self._in_turn += 1
        self._unflushed += 1
        return task(*arguments)

    def _next_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the first of those that wait run, once the loop has read and answered."""
        if self._unflushed and (not self._waiting or self._unflushed >= FLUSH_AFTER):
            self._unflushed = 0
            self._flush()
        self._in_turn = 0
        while self._waiting and self._in_turn < self._turn:
            granted = self._waiting.popleft()
            if not granted.cancelled():
                granted.set_result(None)
                self._in_turn += 1
        if self._in_turn:
            loop.call_soon(self._next_turn, loop)  # after them

    async def long(self, task: Callable[..., Result], *arguments: object) -> Result:
        """Run a task in the scoring thread in its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, task, *arguments)

    def close(self) -> None:
        """Finish the thread's tasks and stop it."""
        self._thread.shutdown()
