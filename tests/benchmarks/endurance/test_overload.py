"""Overload: requests are decided or refused with 503, and anything else is reported."""

import pytest

from benchmarks.endurance.overload import Outcome, checks, overload, summary
from benchmarks.endurance.resources import Usage
from benchmarks.load.closed_loop import Load
from benchmarks.load.open_loop import Arrivals

IDLE = Usage(0.0, 500.0, 80, 20)


def outcome(arrivals: Arrivals, peak: float = 500.0) -> Outcome:
    usages = [IDLE, Usage(1.0, peak, 80, 20), IDLE]
    return Outcome(Load(10, 20, 100.0), IDLE, arrivals, 2.0, usages, Load(11, 22, 95.0))


def failed(outcome: Outcome) -> list[str]:
    return [check.finding for check in checks(outcome) if not check.holds]


def test_shares_and_times_are_of_the_requests_sent():
    # 1,000 in two seconds are 500 a second, five times the 100 that the server can decide.
    rejected = [0.001] * 790 + [0.009] * 10
    words = summary(outcome(Arrivals(decided=[0.3] * 200, rejected=rejected, unsent=3)))
    assert words.splitlines() == [
        "The server can decide 100 times a second; 500 requests came, 5.0 times as many.",
        "20.0 % were decided, 100 a second: p50 300 ms.",
        "80.0 % were rejected with 503 and Retry-After: p50 1.00 ms, p99 9.00 ms.",
        "With 16 connections a decision took 10.0 ms before (p50) and 11.0 ms afterwards.",
        "3 more requests found no free connection in the client.",
    ]


def test_quick_rejections_within_bounded_memory_pass():
    assert failed(outcome(Arrivals(decided=[0.1], rejected=[0.1]), peak=549.0)) == []


def test_growth_of_memory_with_the_load_is_found():
    overloaded = outcome(Arrivals(decided=[0.1], rejected=[0.1]), peak=600.0)
    assert failed(overloaded) == ["memory, from idle to its peak: 500 to 600 MB, +20.0 %, at most +10 %"]


def test_a_load_within_the_capacity_fails_the_trial():
    assert failed(outcome(Arrivals(decided=[0.1]))) == ["0 requests were too many"]


def test_a_lost_answer_is_reported():
    overloaded = outcome(Arrivals(decided=[0.1], rejected=[0.1], wrong=["no answer"]))
    assert failed(overloaded) == ["1 of 3 neither decided nor rejected, as no answer"]


@pytest.mark.slow
def test_the_hardened_server_loses_no_answer_and_its_memory_stays_bounded_under_overload(subject):
    # Whether the load is too much depends on the machine, which may have been slow only when its capacity was measured.
    _, answered, memory = overload(subject, workers=1, seconds=3).checks

    assert answered.holds, answered
    assert memory.holds, memory
