"""Readiness: which stores answer."""

import asyncio
import threading

from custom_model.server import readiness
from custom_model.server.readiness import Readiness


def fail():
    raise OSError("S3CRET host")


def status(probes):
    async def check():
        readiness = Readiness(probes)
        try:
            return await readiness.stores()
        finally:
            readiness.close()

    return asyncio.run(check())


def test_each_store_is_listed_by_name():
    assert status({}) == {}
    assert status({"up": lambda: None, "down": fail}) == {"up": True, "down": False}


def test_a_store_that_does_not_answer_in_time_is_down(monkeypatch):
    monkeypatch.setattr(readiness, "TIMEOUT", 0.01)
    silent = threading.Event()

    assert status({"silent": lambda: silent.wait(5)}) == {"silent": False}
    silent.set()


def test_frequent_checks_share_one_probe():
    probes = []

    async def check():
        readiness = Readiness({"store": lambda: probes.append(1)})
        for _ in range(20):
            await readiness.stores()
        readiness.close()

    asyncio.run(check())

    assert len(probes) == 1
