"""Overload: what comes is decided or refused as said, and anything else is told."""

import asyncio

import pytest

from benchmarks.endurance.overload import Arrivals, Overloaded, _Arriving, checks, in_words, overload
from benchmarks.endurance.resources import Usage
from benchmarks.load.closed_loop import Load
from benchmarks.load.connection import Answer, connect
from tests.benchmarks.answering import a_server

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}"
NO_WORD = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 13\r\n\r\nRetry-After: "
IDLE = Usage(0.0, 500.0, 80, 20)


def overloaded(arrivals: Arrivals, peak: float = 500.0) -> Overloaded:
    usages = [IDLE, Usage(1.0, peak, 80, 20), IDLE]
    return Overloaded(Load(10, 20, 100.0), IDLE, arrivals, 2.0, usages, Load(11, 22, 95.0))


def failed(found: Overloaded) -> list[str]:
    return [check.what for check in checks(found) if not check.holds]


def test_answers_are_decisions_or_refusals_that_say_when_to_come_again():
    arrivals = Arrivals()
    for status, received in ((200, b"HTTP/1.1 200 OK\r\n\r\n{}"), (503, BUSY), (503, NO_WORD), (500, b"HTTP/1.1 500")):
        arrivals.count(Answer(status, received, 0.01))

    assert (len(arrivals.decided), len(arrivals.refused), arrivals.sent) == (1, 1, 4)
    assert arrivals.wrong == [NO_WORD.decode(), "HTTP/1.1 500"]


def test_shares_and_times_are_of_what_was_sent():
    # 1,000 in two seconds are 500 a second, five times the 100 that the server can decide.
    refused = [0.001] * 790 + [0.009] * 10
    words = in_words(overloaded(Arrivals(decided=[0.3] * 200, refused=refused, unsent=3)))
    assert words.splitlines() == [
        "The server can decide 100 times a second; 500 requests came, 5.0 times as many.",
        "20.0 % were decided, 100 a second: p50 300 ms.",
        "80.0 % were refused with 503 and Retry-After: p50 1.00 ms, p99 9.00 ms.",
        "With 16 connections a decision took 10.0 ms before (p50) and 11.0 ms afterwards.",
        "3 more requests found no free connection in the client.",
    ]


def test_what_comes_is_sent_whether_or_not_all_before_it_are_answered():
    arriving = _Arriving(b"request", rate=1_000.0, seconds=0.5)
    with a_server(BUSY) as (url, *_):
        asyncio.run(arriving.come(url, connections=3))

    assert arriving.arrivals.sent == len(arriving.arrivals.refused) > 3
    assert arriving.arrivals.sent + arriving.arrivals.unsent <= 500


def test_nothing_is_sent_over_a_connection_that_the_server_has_ended():
    arriving = _Arriving(b"request", rate=1.0, seconds=1.0)

    async def send_twice(url: str) -> None:
        arriving.free.append(await connect(url, arriving.answered, arriving.lost))
        arriving.send()
        while not arriving.free or arriving.free[0].is_open:
            await asyncio.sleep(0.001)
        arriving.send()

    with a_server(BUSY, then_ends=True) as (url, *_):
        asyncio.run(send_twice(url))
    assert (arriving.arrivals.sent, arriving.arrivals.unsent, len(arriving.busy)) == (1, 1, 0)


def test_what_is_refused_at_once_within_bounded_memory_holds():
    assert failed(overloaded(Arrivals(decided=[0.1], refused=[0.1]), peak=549.0)) == []


def test_memory_that_grows_with_the_load_is_found():
    found = overloaded(Arrivals(decided=[0.1], refused=[0.1]), peak=600.0)
    assert failed(found) == ["memory, from idle to its peak: 500 to 600 MB, +20.0 %, at most +10 %"]


def test_a_load_that_was_not_too_much_shows_nothing():
    assert failed(overloaded(Arrivals(decided=[0.1]))) == ["0 requests were too many"]


def test_an_answer_that_is_lost_is_told():
    found = overloaded(Arrivals(decided=[0.1], refused=[0.1], wrong=["no answer"]))
    assert failed(found) == ["1 of 3 neither decided nor refused, as no answer"]


@pytest.mark.slow
def test_the_hardened_server_loses_nothing_and_holds_no_more_when_too_much_comes(subject):
    # That it was too much depends on the machine, which may have been slow only while its speed was measured.
    _, answered, memory = overload(subject, workers=1, seconds=3).checks

    assert answered.holds, answered
    assert memory.holds, memory
