"""Whether this worker can decide now: the model is loaded, and the stores that it needs can be reached."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

LONGEST = 2.0  # seconds that a store may take to answer
FRESH = 1.0  # seconds for which an answer holds, so that asking often costs the stores nothing


class Readiness:
    """Asks each store in a thread of its own; a store that is silent is as one that is down."""

    def __init__(self, stores: dict[str, Callable[[], None]]):
        self._stores = stores
        self._thread = ThreadPoolExecutor(max(1, len(stores)), "readiness")
        self._asked_at = -FRESH
        self._turn = asyncio.Lock()
        self._told: dict[str, bool] = {}

    async def stores(self) -> dict[str, bool]:
        """Whether each store answers, by name."""
        async with self._turn:
            if monotonic() - self._asked_at >= FRESH:
                asked = (self._answers(ask) for ask in self._stores.values())
                self._told = dict(zip(self._stores, await asyncio.gather(*asked), strict=True))
                self._asked_at = monotonic()
        return self._told

    async def _answers(self, ask: Callable[[], None]) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.run_in_executor(self._thread, ask), LONGEST)
        except Exception:
            return False
        return True

    def close(self) -> None:
        """End the threads; one that still waits for a store is left to end by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)
