"""The most memory of processes within a block."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

EVERY = 0.5  # seconds between two readings


@dataclass
class Memory:
    """The most memory in MB of some processes at once, shared pages once (PSS)."""

    most: float = 0.0


@contextmanager
def memory(own: bool = True) -> Iterator[Memory]:
    """The memory of this process and its children within the block; without `own`, of its children alone."""
    found, ended = Memory(), threading.Event()

    def read() -> None:
        this = psutil.Process(os.getpid())
        while not ended.wait(EVERY):
            total = 0
            for process in [*([this] if own else []), *this.children(recursive=True)]:
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
