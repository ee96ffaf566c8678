"""Models that are tried, not served: what they say is no decision about anyone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from custom_model.environment import Environment


@contextmanager
def off_record() -> Iterator[None]:
    """In this block, and in processes begun in it, a model reads no environment: nothing it says goes on record."""
    held = {name: os.environ.pop(name) for name in Environment.variables() if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)
