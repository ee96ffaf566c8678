"""Who is decided about when: one request at a time in the event loop's thread, large ones beside it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")

# Below these sizes a decision takes less than handing it to a thread and back would cost the others.
QUICK_ROWS = 4
QUICK_BYTES = 128 * 1024


class Lanes:
    """Two queues, first come first served.

    Quick work is done in the event loop's own thread: two threads that want Python's lock double the time
    of both. Between two pieces of it the loop reads and answers once, so that a full queue is refused at
    once. The rest goes to one thread of its own, in which LightGBM gives up the lock.
    """

    def __init__(self):
        self._quick = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "scoring")

    async def quick(self, work: Callable[..., Made], *arguments: object) -> Made:
        """Do it in the event loop, when it is its turn."""
        async with self._quick:
            await asyncio.sleep(0)
            return work(*arguments)

    async def long(self, work: Callable[..., Made], *arguments: object) -> Made:
        """Do it in the scoring thread, when it is its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def close(self) -> None:
        """Wait for what is in the thread, and end it."""
        self._thread.shutdown()
