"""The most memory of a process and its children within a block."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

EVERY = 0.5  # seconds between two readings


@dataclass
class Memory:
    """The most memory in MB of this process and its children at once, shared pages once (PSS)."""

    most: float = 0.0


@contextmanager
def memory() -> Iterator[Memory]:
    """The memory within the block."""
    found, ended = Memory(), threading.Event()

    def read() -> None:
        own = psutil.Process(os.getpid())
        while not ended.wait(EVERY):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.NoSuchProcess:  # ended meanwhile
                    continue
            found.most = max(found.most, total / 1e6)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
