"""The order in which requests are decided about."""

import asyncio
import threading

import pytest

from custom_model.server.scheduling import GATHERED, Lanes


@pytest.fixture
def lanes():
    lanes = Lanes()
    yield lanes
    lanes.close()


def test_quick_work_is_done_in_the_order_it_came_and_the_loop_turns_in_between(lanes):
    order = []

    async def ask():
        tasks = [asyncio.create_task(lanes.quick(order.append, number)) for number in range(3)]
        while not all(task.done() for task in tasks):
            order.append("loop")
            await asyncio.sleep(0)

    asyncio.run(ask())

    assert [each for each in order if each != "loop"] == [0, 1, 2]
    assert "loop" in order[order.index(0) : order.index(1)]
    assert "loop" in order[order.index(1) : order.index(2)]


def test_quick_work_does_not_wait_for_long_work(lanes):
    held = threading.Event()

    async def ask():
        long = asyncio.create_task(lanes.long(held.wait, 30))
        await asyncio.sleep(0)
        quick = await lanes.quick(threading.get_ident)
        held.set()
        return await long, quick

    assert asyncio.run(ask()) == (True, threading.get_ident())


@pytest.mark.parametrize(
    ("asked", "sent_after"),
    [(1, [1]), (GATHERED, [GATHERED]), (2 * GATHERED + 3, [GATHERED, 2 * GATHERED, 2 * GATHERED + 3])],
)
def test_what_quick_work_leaves_is_sent_when_none_waits_and_at_the_latest_when_enough_is_done(asked, sent_after):
    done, sent = [], []
    lanes = Lanes(lambda: sent.append(len(done)))

    async def ask():
        await asyncio.gather(*(lanes.quick(done.append, number) for number in range(asked)))

    asyncio.run(ask())
    lanes.close()

    assert sent == sent_after


def test_what_quick_work_leaves_is_sent_after_a_piece_that_fails_too():
    sent = []
    lanes = Lanes(lambda: sent.append("sent"))

    async def ask():
        return await asyncio.gather(lanes.quick(str, 1), lanes.quick(int, "x"), return_exceptions=True)

    asyncio.run(ask())
    lanes.close()

    assert sent == ["sent"]


def test_what_fails_in_either_lane_fails_for_who_asked_and_for_nobody_else(lanes):
    async def ask():
        failures = await asyncio.gather(lanes.quick(int, "x"), lanes.long(int, "x"), return_exceptions=True)
        return failures, await lanes.quick(int, "1"), await lanes.long(int, "2")

    failures, *made = asyncio.run(ask())

    assert [type(failure) for failure in failures] == [ValueError, ValueError]
    assert made == [1, 2]
