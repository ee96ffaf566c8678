"""A log on each database, and records for it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import URL, make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.record import Record
from tests.recorded import recorded


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path) -> URL:
    """An empty database: a file, or one of a real PostgreSQL server."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'log.db'}")
    return make_url(request.getfixturevalue("postgres"))


@pytest.fixture
def log(url: URL) -> Iterator[DecisionLog]:
    """A log on it."""
    log = DecisionLog(url)
    yield log
    log.close()


@pytest.fixture
def record() -> Callable[..., Record]:
    """A function that returns a record with a new id and these changes."""

    return recorded
