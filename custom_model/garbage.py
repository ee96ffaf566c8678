"""Python's garbage collection, which looks through what is none: loaded objects, and the values of many rows."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident

NEW_OBJECTS = 25_000  # before the youngest are looked through; the answer to 1,000 rows has 10,000
MANY = 10_000  # rows from which on a pause is worth it


def freeze_loaded_objects() -> None:
    """Exempt the objects of MLflow and the model from garbage collection, which takes 100 ms and frees none of them.

    What requests make is looked through less often: of many rows, by the usual count, all values ten times over.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


_pausing: set[int] = set()  # threads that will turn the collection on again


@contextmanager
def collection_paused(rows: int) -> Iterator[None]:
    """No garbage collection in this process while the values of so many rows are made, from `MANY` rows on.

    Five lists a row start 800 collections for 100,000 rows, a seventh of their time, and none of them is garbage. Of
    several threads the first that ends turns it on again: none can leave it off.
    """
    if rows < MANY or not gc.isenabled():
        yield
        return
    thread = get_ident()
    try:
        _pausing.add(thread)
        gc.disable()
        yield
    finally:
        gc.enable()
        _pausing.discard(thread)


def _go_on_after_fork() -> None:
    """Turn it on in a child, which has none of the threads that would."""
    if _pausing:
        gc.enable()
        _pausing.clear()


os.register_at_fork(after_in_child=_go_on_after_fork)  # at import: a process may fork during the first pause
