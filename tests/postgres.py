"""PostgreSQL for the tests: a temporary server, or a skip that names the missing package."""

import contextlib
from collections.abc import Iterator

import pytest

from testing.postgres import Postgres, PostgresMissing, postgres_cluster


@contextlib.contextmanager
def postgres_of_the_tests() -> Iterator[Postgres]:
    """A server until the block ends; it does not wait for the disk, since no test crashes the machine."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_cluster(durable=False))
        except PostgresMissing as missing:
            pytest.skip(str(missing))
        yield server
