"""Interruption: Ctrl-C, SIGTERM and a time limit as one request that threads can check."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """A request to stop: due after `seconds` (0: no limit), or as soon as it is made."""

    def __init__(self, seconds: float = 0):
        self._deadline = time.monotonic() + seconds if seconds else float("inf")
        self._requested = threading.Event()
        self.signal: int | None = None

    def request(self) -> None:
        self._requested.set()

    @property
    def timed_out(self) -> bool:
        return time.monotonic() >= self._deadline

    @property
    def is_due(self) -> bool:
        return self._requested.is_set() or self.timed_out


@contextmanager
def interruptible(stop: StopRequest) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM requests the stop; the second has its usual effect.

    Only the main thread receives signals: in any other thread this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def request_stop(number: int, _: object) -> None:
        stop.signal = number
        stop.request()
        restore()

    for number in before:
        signal.signal(number, request_stop)
    try:
        yield
    finally:
        restore()
