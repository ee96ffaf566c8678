"""A log on each database, and records for it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import URL, make_url

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.record import Record
from custom_model.identifiers import uuid7


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

    def new(**changes: object) -> Record:
        return {
            "decision_id": str(uuid7()),
            "decided_at": datetime.now(UTC),
            "client_id": "100002",
            "model_name": "credit-scoring",
            "model_version": "1",
            "model_run": "0a1b",
            "contract": "c0ffee",
            "threshold": 1 / 11,
            "threshold_source": "policy",
            "cost_false_negative": 10.0,
            "cost_false_positive": 1.0,
            "probability_of_default": 0.1,
            "decision": "refused",
            "reasons": "[]",
            "unknown_categories": "[]",
            "history": "none",
            "history_version": None,
            "fields": '{"AMT_CREDIT":406597.5}',
            "history_fields": None,
            "latency_ms": 1.5,
            "erased_at": None,
            **changes,
        }

    return new
