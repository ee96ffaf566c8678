"""The lifeline of a subprocess: a pipe that tells it when the process that started it has ended, however it ended."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

INPUT = 0
GRACE = 10.0  # seconds for `finally` blocks; a library's call in between is not waited for


@contextmanager
def lifeline() -> Iterator[int]:
    """A file for the standard input of a subprocess, which ends with the block, or with this process."""
    reading, writing = os.pipe()  # not inherited: only this process can write
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def end_with_parent() -> None:
    """End this process as SIGTERM would, with every `finally`, once its standard input has ended."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    while os.read(INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
