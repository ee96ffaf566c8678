"""Scoring without stores: an evaluation records no decisions and reads no history."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from custom_model.environment import Environment


@contextmanager
def off_record() -> Iterator[None]:
    """Models loaded in this block, or in processes started in it, have no decision log and no history store.

    The block removes the variables that name a served model's stores from the environment, and restores them.
    """
    variables = {name: os.environ.pop(name) for name in Environment.variables() if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(variables)
