"""Readiness: whether the worker can decide now, its model loaded and its stores reachable."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

TIMEOUT = 2.0  # seconds for a store to answer
CACHE_SECONDS = 1.0  # validity of an answer, so that frequent probes cost the stores nothing

Probe = Callable[[], object]  # raises where the store is down


class Readiness:
    """Probes each store in a thread of its own; a store that does not answer in time is down."""

    def __init__(self, probes: Mapping[str, Probe]):
        self._probes = probes
        self._threads = ThreadPoolExecutor(max(1, len(probes)), "readiness")
        self._checked_at = -CACHE_SECONDS
        self._lock = asyncio.Lock()
        self._status: dict[str, bool] = {}

    async def stores(self) -> dict[str, bool]:
        """Whether each store answers, by name."""
        async with self._lock:
            if monotonic() - self._checked_at >= CACHE_SECONDS:
                answers = (self._answers(probe) for probe in self._probes.values())
                self._status = dict(zip(self._probes, await asyncio.gather(*answers), strict=True))
                self._checked_at = monotonic()
        return self._status

    async def _answers(self, probe: Probe) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.run_in_executor(self._threads, probe), TIMEOUT)
        except Exception:
            return False
        return True

    def close(self) -> None:
        """Stop the threads without waiting for one that a store still blocks."""
        self._threads.shutdown(wait=False, cancel_futures=True)
