"""Readiness: which stores answer."""

import asyncio
import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from custom_model.errors import Unavailable
from custom_model.server.readiness import TIMEOUT, Readiness

HOST = "S3CRET"


def fail():
    raise OSError(HOST)


def status(probes, timeout=TIMEOUT):
    async def check():
        readiness = Readiness(probes, timeout)
        try:
            return await readiness.stores()
        finally:
            readiness.close()

    return asyncio.run(check())


def test_each_store_is_listed_by_name():
    assert status({}) == {}
    assert status({"up": lambda: None, "down": fail}) == {"up": True, "down": False}


def test_a_store_that_does_not_answer_in_time_is_down():
    silent = threading.Event()

    assert status({"silent": lambda: silent.wait(5)}, timeout=0.01) == {"silent": False}
    silent.set()


@pytest.mark.parametrize(
    "error",
    [Unavailable("the decision log cannot be written"), TimeoutError(), OperationalError("SELECT 1", {}, OSError())],
    ids=lambda error: type(error).__name__,
)
def test_a_store_that_is_down_is_not_logged_as_a_bug(error, caplog):
    def fail():
        raise error

    assert status({"store": fail}) == {"store": False}
    assert caplog.records == []


def test_a_probe_with_a_bug_is_down_and_its_trace_is_logged_once_without_values(caplog):
    async def check():
        stores = Readiness({"decision_log": fail}, valid=0.0)
        answers = [await stores.stores() for _ in range(3)]
        stores.close()
        return answers

    assert asyncio.run(check()) == [{"decision_log": False}] * 3
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("the probe of decision_log failed: OSError at\n")
    assert "in fail" in caplog.text
    assert HOST not in caplog.text


def test_frequent_checks_share_one_probe():
    probes = []

    async def check():
        readiness = Readiness({"store": lambda: probes.append(1)})
        for _ in range(20):
            await readiness.stores()
        readiness.close()

    asyncio.run(check())

    assert len(probes) == 1
