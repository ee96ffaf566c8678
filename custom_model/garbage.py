"""Python's search for garbage, which goes through what is none of it: loaded objects, and the values of many rows."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

NEW_OBJECTS = 25_000  # before the youngest are looked through; the answer to 1,000 rows has 10,000
MANY = 10_000  # rows from which on a pause is worth it


def freeze_loaded_objects() -> None:
    """Exempt the objects of MLflow and the model from garbage collection, which takes 100 ms and frees none of them.

    What requests make is looked through less often: of many rows, by the usual count, all values ten times over.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


class _Search:
    """Whether the search is on, and how many threads have paused it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pauses = 0
        self._was_on = False

    def pause(self) -> None:
        with self._lock:
            if not self._pauses:
                self._was_on = gc.isenabled()
            self._pauses += 1
            gc.disable()

    def resume(self) -> None:
        with self._lock:
            if self._pauses <= 1 and self._was_on:
                gc.enable()
            self._pauses = max(0, self._pauses - 1)

    def resume_after_fork(self) -> None:
        """A child has none of the threads that would resume it."""
        self._lock = Lock()
        if self._pauses and self._was_on:
            gc.enable()
        self._pauses = 0


_search = _Search()  # one of the process: of two threads that make their own, neither would turn it on again
os.register_at_fork(after_in_child=_search.resume_after_fork)


@contextmanager
def search_paused(rows: int) -> Iterator[None]:
    """No search for garbage in this process while the values of so many rows are made, from `MANY` rows on.

    Five lists a row start 800 searches for 100,000 rows, a seventh of their time, and none of them is garbage. Several
    threads may pause it at once: it is on again after the last, where it was on before the first.
    """
    if rows < MANY:
        yield
        return
    try:
        _search.pause()  # in here: an interrupt within may end another thread's pause early, but not leave its own
        yield
    finally:
        _search.resume()
