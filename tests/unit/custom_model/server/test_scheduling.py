"""The order in which requests are decided."""

import asyncio
import gc
import threading
import weakref

import pytest

from custom_model.server.scheduling import FLUSH_AFTER, TURN, Scheduler


@pytest.fixture
def scheduler():
    scheduler = Scheduler(turn=TURN)
    yield scheduler
    scheduler.close()


def test_quick_tasks_run_in_their_order_and_the_loop_turns_after_every_few(scheduler):
    order = []

    async def run():
        tasks = [asyncio.create_task(scheduler.quick(order.append, number)) for number in range(3 * TURN)]
        while not all(task.done() for task in tasks):
            order.append("loop")
            await asyncio.sleep(0)

    asyncio.run(run())

    assert [each for each in order if each != "loop"] == [*range(3 * TURN)]
    for first in range(2 * TURN):
        assert "loop" in order[order.index(first) : order.index(first + TURN)]


def test_beside_a_thread_that_waits_for_the_loop_it_turns_after_each_task():
    order, scheduler = [], Scheduler()

    async def run():
        tasks = [asyncio.create_task(scheduler.quick(order.append, number)) for number in range(3)]
        while not all(task.done() for task in tasks):
            order.append("loop")
            await asyncio.sleep(0)

    asyncio.run(run())
    scheduler.close()

    assert [each for each in order if each != "loop"] == [0, 1, 2]
    assert "loop" in order[order.index(0) : order.index(1)]
    assert "loop" in order[order.index(1) : order.index(2)]


def test_a_task_does_not_overtake_those_that_wait(scheduler):
    order = []

    async def late():
        await asyncio.sleep(0)
        await scheduler.quick(order.append, "late")

    async def run():
        await asyncio.gather(*(scheduler.quick(order.append, number) for number in range(2 * TURN + 1)), late())

    asyncio.run(run())

    assert order == [*range(2 * TURN + 1), "late"]


def test_a_cancelled_task_that_waits_is_not_run(scheduler):
    order = []

    async def run():
        tasks = [asyncio.create_task(scheduler.quick(order.append, number)) for number in range(TURN + 2)]
        await asyncio.sleep(0)
        tasks[TURN].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())

    assert order == [*range(TURN), TURN + 1]


def test_quick_tasks_do_not_wait_for_long_ones(scheduler):
    blocked = threading.Event()

    async def run():
        long = asyncio.create_task(scheduler.long(blocked.wait, 30))
        await asyncio.sleep(0)
        quick = await scheduler.quick(threading.get_ident)
        blocked.set()
        return await long, quick

    assert asyncio.run(run()) == (True, threading.get_ident())


@pytest.mark.parametrize(
    ("tasks", "flushes"),
    [
        (1, [1]),
        (FLUSH_AFTER, [FLUSH_AFTER]),
        (2 * FLUSH_AFTER + 3, [FLUSH_AFTER, 2 * FLUSH_AFTER, 2 * FLUSH_AFTER + 3]),
    ],
)
def test_quick_tasks_are_flushed_when_none_waits_and_after_every_so_many(tasks, flushes):
    finished, flushed_after = [], []
    scheduler = Scheduler(lambda: flushed_after.append(len(finished)))

    async def run():
        await asyncio.gather(*(scheduler.quick(finished.append, number) for number in range(tasks)))

    asyncio.run(run())
    scheduler.close()

    assert flushed_after == flushes


def test_a_failed_task_is_flushed_too():
    flushes = []
    scheduler = Scheduler(lambda: flushes.append("flush"))

    async def run():
        return await asyncio.gather(scheduler.quick(str, 1), scheduler.quick(int, "x"), return_exceptions=True)

    asyncio.run(run())
    scheduler.close()

    assert flushes == ["flush"]


def test_a_task_that_waits_and_fails_does_so_for_its_own_caller_only(scheduler):
    async def run():
        first = [scheduler.quick(int, number) for number in range(TURN)]
        return await asyncio.gather(
            *first, scheduler.quick(int, "x"), scheduler.quick(int, "7"), return_exceptions=True
        )

    *_, failure, after = asyncio.run(run())

    assert (type(failure), after) == (ValueError, 7)


def test_nothing_of_a_failed_task_is_held(scheduler):
    class Body(bytearray):
        pass

    held = []

    def fail(body: Body) -> None:
        raise ValueError

    async def request() -> None:
        body = Body()
        held.append(weakref.ref(body))
        await scheduler.quick(fail, body)

    async def run() -> None:
        await asyncio.gather(*(request() for _ in range(3 * TURN)), return_exceptions=True)

    gc.disable()
    try:
        asyncio.run(run())
        assert [reference() for reference in held] == [None] * (3 * TURN)
    finally:
        gc.enable()


def test_a_failed_task_fails_for_its_own_caller_only(scheduler):
    async def run():
        failures = await asyncio.gather(scheduler.quick(int, "x"), scheduler.long(int, "x"), return_exceptions=True)
        return failures, await scheduler.quick(int, "1"), await scheduler.long(int, "2")

    failures, *results = asyncio.run(run())

    assert [type(failure) for failure in failures] == [ValueError, ValueError]
    assert results == [1, 2]
