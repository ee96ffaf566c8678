"""The open loop: a steady rate of requests over free connections, and the fate of each."""

import asyncio

from benchmarks.load.connection import Answer, connect
from benchmarks.load.open_loop import Arrivals, OpenLoop
from tests.benchmarks.answering import a_server

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}"
WITHOUT_RETRY_AFTER = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 13\r\n\r\nRetry-After: "


def test_answers_are_decisions_or_rejections_with_retry_after():
    arrivals = Arrivals()
    answers = (200, b"HTTP/1.1 200 OK\r\n\r\n{}"), (503, BUSY), (503, WITHOUT_RETRY_AFTER), (500, b"HTTP/1.1 500")
    for status, received in answers:
        arrivals.count(Answer(status, received, 0.01))

    assert (len(arrivals.decided), len(arrivals.rejected), arrivals.sent) == (1, 1, 4)
    assert arrivals.wrong == [WITHOUT_RETRY_AFTER.decode(), "HTTP/1.1 500"]


def test_requests_are_sent_whether_or_not_earlier_ones_are_answered():
    loop = OpenLoop(b"request", rate=1_000.0, seconds=0.5)
    with a_server(BUSY) as (url, *_):
        asyncio.run(loop.run(url, connections=3))

    assert loop.arrivals.sent == len(loop.arrivals.rejected) > 3
    assert loop.arrivals.sent + loop.arrivals.unsent <= 500


def test_no_request_is_sent_over_a_connection_that_the_server_has_closed():
    loop = OpenLoop(b"request", rate=1.0, seconds=1.0)

    async def send_twice(url: str) -> None:
        loop.free.append(await connect(url, loop.answered, loop.lost))
        loop.send()
        while not loop.free or loop.free[0].is_open:
            await asyncio.sleep(0.001)
        loop.send()

    with a_server(BUSY, then_ends=True) as (url, *_):
        asyncio.run(send_twice(url))
    assert (loop.arrivals.sent, loop.arrivals.unsent, len(loop.busy)) == (1, 1, 0)
