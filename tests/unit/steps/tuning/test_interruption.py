"""A stop is requested by a signal or by a time limit."""

import os
import signal

import pytest

from steps.tuning.interruption import StopRequest, interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_for_the_end_and_the_second_does_what_it_always_does(number):
    stop, again = StopRequest(), []
    before = signal.signal(number, lambda *_: again.append(number))
    try:
        with interruptible(stop):
            os.kill(os.getpid(), number)
            assert stop.is_due
            assert stop.signal == number
            assert not again
            os.kill(os.getpid(), number)
            assert again == [number]
    finally:
        signal.signal(number, before)


def test_the_handlers_of_before_come_back():
    before = signal.getsignal(signal.SIGTERM)

    with interruptible(StopRequest()):
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def test_no_seconds_mean_no_end_and_few_mean_one():
    assert not StopRequest(0).is_due
    assert not StopRequest(3600).is_due
    assert StopRequest(1e-9).timed_out
