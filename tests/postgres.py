"""PostgreSQL for the tests: a server of their own, or the named skip where it is not installed."""

import contextlib
from collections.abc import Iterator

import pytest

from testing.postgres import Postgres, PostgresMissing, postgres_cluster


@contextlib.contextmanager
def postgres_of_the_tests() -> Iterator[Postgres]:
    """A server for as long as the block; it does not wait for the disk, which no test can take from it."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_cluster(durable=False))
        except PostgresMissing as missing:
            pytest.skip(str(missing))
        yield server
