"""A process forked by multiprocessing's fork server, whose end several threads may read, and which may end with its
parent's.
"""

import multiprocessing
import os
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from multiprocessing.popen_forkserver import Popen
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any

# A fork server that was killed closes its socket a moment before its parent can know of its end and start another one.
TRIES, PAUSE = 50, 0.02


class _Popen(Popen):
    """Its exit status is in a pipe that can be read once.

    Of two threads that read it at once, multiprocessing's own gives the second 255: it finds the pipe at its end. And
    every start of a process reads those of all others (`multiprocessing.process._cleanup`).
    """

    def __init__(self, process: BaseProcess):
        self._reading = Lock()
        for _ in range(TRIES):
            try:
                super().__init__(process)
                return
            except (ConnectionError, EOFError):
                time.sleep(PAUSE)
        super().__init__(process)

    def poll(self, flag: int = os.WNOHANG) -> int | None:
        if flag != os.WNOHANG and self.returncode is None:
            wait([self.sentinel])  # while others may ask
        with self._reading:
            return super().poll(os.WNOHANG)


class Child(ForkServerProcess):
    """A process that starts as multiprocessing's own does: its code needs nothing of this module."""

    @staticmethod
    def _Popen(process: BaseProcess) -> _Popen:
        return _Popen(process)

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (ForkServerProcess,), self.__dict__


def end_with_parent() -> None:
    """End this process, a child, with the one that started it, however that ends.

    The fork server does not end it: it goes on as long as any process that was forked from it.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
