"""Who is decided about when: one request at a time in the event loop's thread, large ones beside it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")

# Below these sizes a decision takes less than handing it to a thread and back would cost the others.
QUICK_ROWS = 4
QUICK_BYTES = 128 * 1024
GATHERED = 32  # quick pieces of work at most before what they left is sent on


class Lanes:
    """Two queues, first come first served.

    Quick work is done in the event loop's own thread: two threads that want Python's lock double the time
    of both. Between two pieces of it the loop reads and answers once, so that a full queue is refused at
    once. The rest goes to one thread of its own, in which LightGBM gives up the lock.

    `send` is called when no quick work waits, or enough was done: what quick work leaves for others goes together.
    """

    def __init__(self, send: Callable[[], None] = lambda: None):
        self._send = send
        self._quick = asyncio.Lock()
        self._waiting = self._done = 0
        self._thread = ThreadPoolExecutor(1, "scoring")

    async def quick(self, work: Callable[..., Made], *arguments: object) -> Made:
        """Do it in the event loop, when it is its turn."""
        self._waiting += 1
        try:
            async with self._quick:
                await asyncio.sleep(0)
                return work(*arguments)
        finally:
            self._waiting -= 1
            self._done += 1
            if not self._waiting or self._done >= GATHERED:
                self._done = 0
                self._send()

    async def long(self, work: Callable[..., Made], *arguments: object) -> Made:
        """Do it in the scoring thread, when it is its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def close(self) -> None:
        """Wait for what is in the thread, and end it."""
        self._thread.shutdown()
