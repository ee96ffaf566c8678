"""Whether the stores answer."""

import asyncio
import threading

from custom_model.server import readiness
from custom_model.server.readiness import Readiness


def fails():
    raise OSError("S3CRET host")


def told(stores):
    async def ask():
        asked = Readiness(stores)
        try:
            return await asked.stores()
        finally:
            asked.close()

    return asyncio.run(ask())


def test_each_store_is_told_by_name():
    assert told({}) == {}
    assert told({"up": lambda: None, "down": fails}) == {"up": True, "down": False}


def test_a_silent_store_is_as_one_that_is_down(monkeypatch):
    monkeypatch.setattr(readiness, "LONGEST", 0.01)
    silent = threading.Event()

    assert told({"silent": lambda: silent.wait(5)}) == {"silent": False}
    silent.set()


def test_stores_are_not_asked_again_at_once():
    times = []

    async def ask():
        asked = Readiness({"store": lambda: times.append(1)})
        for _ in range(20):
            await asked.stores()
        asked.close()

    asyncio.run(ask())

    assert len(times) == 1
