"""Scoring without stores: decisions of a model under evaluation are about nobody."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from custom_model.environment import Environment


@contextmanager
def off_record() -> Iterator[None]:
    """Models loaded in this block, or in processes started in it, record no decision and read no history.

    The variables that name a served model's stores are removed from the environment until the block ends.
    """
    variables = {name: os.environ.pop(name) for name in Environment.variables() if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(variables)
