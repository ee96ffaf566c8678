"""Scheduling: small requests run one at a time on the event loop, large ones in a thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

# Up to these sizes a decision takes less time than a switch to a thread and back costs the other requests.
QUICK_ROWS = 4
QUICK_BYTES = 128 * 1024
FLUSH_AFTER = 32  # quick tasks at most between two flushes


class Scheduler:
    """Two queues, first come, first served.

    Quick tasks run on the event loop: two threads that compete for the GIL double each other's time. Between
    two tasks the loop reads and answers once, so that a full queue rejects at once. Long tasks run in one
    thread of their own, in which LightGBM releases the GIL.

    `flush` is called when no quick task waits or `FLUSH_AFTER` have run, so that their records share a
    transaction.
    """

    def __init__(self, flush: Callable[[], None] = lambda: None):
        self._flush = flush
        self._quick = asyncio.Lock()
        self._waiting = self._unflushed = 0
        self._thread = ThreadPoolExecutor(1, "scoring")

    async def quick(self, task: Callable[..., Result], *arguments: object) -> Result:
        """Run a task on the event loop in its turn."""
        self._waiting += 1
        try:
            async with self._quick:
                await asyncio.sleep(0)
                return task(*arguments)
        finally:
            self._waiting -= 1
            self._unflushed += 1
            if not self._waiting or self._unflushed >= FLUSH_AFTER:
                self._unflushed = 0
                self._flush()

    async def long(self, task: Callable[..., Result], *arguments: object) -> Result:
        """Run a task in the scoring thread in its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, task, *arguments)

    def close(self) -> None:
        """Finish the thread's tasks and stop it."""
        self._thread.shutdown()
