"""Ctrl-C, SIGTERM and a time limit as one question that work in threads can ask: is it over?"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class End:
    """The end of some work: after `seconds` (0: never), or when it is asked for."""

    def __init__(self, seconds: float = 0):
        self._deadline = time.monotonic() + seconds if seconds else float("inf")
        self._asked = threading.Event()
        self.signal: int | None = None

    def ask_for(self) -> None:
        self._asked.set()

    @property
    def timed_out(self) -> bool:
        return time.monotonic() >= self._deadline

    @property
    def reached(self) -> bool:
        return self._asked.is_set() or self.timed_out


@contextmanager
def interruptible(end: End) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks for the end, and the second one does what it always does.

    Only the main thread may receive signals: in another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, _: object) -> None:
        end.signal = number
        end.ask_for()
        restore()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
