"""Readiness: whether the worker can decide now, its model loaded and its stores reachable."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from custom_model.errors import Unavailable, trace

TIMEOUT = 2.0  # seconds for a store to answer
CACHE_SECONDS = 1.0

Probe = Callable[[], object]  # raises an error of DOWN where the store is down
DOWN = (Unavailable, TimeoutError, SQLAlchemyError)

log = logging.getLogger(__name__)


class Readiness:
    """Probes each store in a thread of its own; a store that does not answer within `timeout` seconds is down.

    An answer is valid for `valid` seconds, so that frequent checks cost the stores nothing. A probe that fails in
    any other way is a bug: the store is down too, and the trace is logged once for each store.
    """

    def __init__(self, probes: Mapping[str, Probe], timeout: float = TIMEOUT, valid: float = CACHE_SECONDS):
        self._probes = probes
        self._timeout = timeout
        self._valid = valid
        self._logged: set[str] = set()
        self._threads = ThreadPoolExecutor(max(1, len(probes)), "readiness")
        self._checked_at = -valid
        self._lock = asyncio.Lock()
        self._status: dict[str, bool] = {}

    async def stores(self) -> dict[str, bool]:
        """Whether each store answers, by name."""
        async with self._lock:
            if monotonic() - self._checked_at >= self._valid:
                answers = (self._answers(store, probe) for store, probe in self._probes.items())
                self._status = dict(zip(self._probes, await asyncio.gather(*answers), strict=True))
                self._checked_at = monotonic()
        return self._status

    async def _answers(self, store: str, probe: Probe) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.run_in_executor(self._threads, probe), self._timeout)
        except DOWN:
            return False
        except Exception as error:
            if store not in self._logged:
                log.error("the probe of %s failed: %s", store, trace(error))
                self._logged.add(store)
            return False
        return True

    def close(self) -> None:
        """Stop the threads without waiting for one that a store still blocks."""
        self._threads.shutdown(wait=False, cancel_futures=True)
