"""The decision log of both real servers: decisions are found again, and withheld while it cannot be written."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import mlflow
import pytest
import requests
from sqlalchemy import URL, create_engine, make_url

from custom_model.decision_log.reader import Records, window
from steps.tables.home_credit import ID
from testing.forked_servers import hardened_server, stock_server
from testing.processes import processes_of
from tests.postgres import postgres_of_the_tests

pytestmark = pytest.mark.slow

WAIT = "0.5"  # seconds that these servers wait for their log
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture(scope="module")
def postgresql():
    """A PostgreSQL that these tests may stop."""
    with postgres_of_the_tests() as cluster:
        yield cluster


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request, tmp_path_factory) -> URL:
    """An empty SQLite file or PostgreSQL database."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path_factory.mktemp('log') / 'decisions.db'}")
    return make_url(request.getfixturevalue("postgresql").url)


@pytest.fixture(scope="module", params=[stock_server, hardened_server], ids=["stock", "hardened"])
def serve(request):
    """Each server in turn."""
    return request.param


@pytest.fixture(scope="module")
def recording(champion, url, serve) -> Iterator[str]:
    """A server with its log there."""
    log = url.render_as_string(hide_password=False)
    with serve(champion.uri, DECISION_LOG_URI=log, DECISION_LOG_WAIT=WAIT) as server:
        yield server


@pytest.fixture
def records(url, recording, applications) -> Iterator[Records]:
    """Its records; the first decision creates the schema."""
    post(recording, applications[:1])
    records = Records.open(url)
    yield records
    records.close()


def post(server: str, rows: list[dict], **params: object) -> requests.Response:
    return requests.post(f"{server}/invocations", json={"inputs": rows, "params": params}, timeout=60)


def test_a_decision_is_found_by_its_id_with_the_requests_fields(recording, records, applications, champion):
    before = datetime.now(UTC)

    (decision,) = post(recording, applications[:1], reasons="all").json()["predictions"]

    row = records.find(decision["decision_id"])
    assert decision["recorded"] is True
    assert row["fields"] == applications[0]
    assert row["client_id"] == str(applications[0][ID])
    assert before <= row["decided_at"] <= datetime.now(UTC)
    assert row["probability_of_default"] == decision["probability_of_default"]
    assert row["reasons"] == decision["reasons"]
    version = mlflow.MlflowClient().get_model_version(champion.model_name, str(champion.version))
    assert (row["model_name"], row["model_version"]) == (champion.model_name, str(champion.version))
    assert row["model_run"] == version.run_id
    assert row["latency_ms"] > 0


def test_every_decision_of_a_batch_is_on_record_and_none_of_a_bad_request(recording, records, applications):
    before = records.count(window())

    batch = post(recording, applications)
    bad = post(recording, [*applications, {}])

    assert bad.status_code == 400
    assert records.count(window()) == before + len(applications)
    assert all(records.find(decision["decision_id"]) for decision in batch.json()["predictions"])


def test_a_locked_log_withholds_the_decision_with_503_and_recovers_by_itself(
    recording, records, applications, url, serve
):
    first = post(recording, applications[:1])
    with locked(url):
        withheld = post(recording, applications[:1])
    last = post(recording, applications[:1])

    # The withheld decision may be written once the lock is gone: nobody received it.
    assert_withheld(withheld, serve)
    for answer in (first, last):
        assert records.find(answer.json()["predictions"][0]["decision_id"])


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_full_disk_withholds_the_decision_with_503_and_recovers_by_itself(
    recording, records, applications, url, serve
):
    answered = post(recording, applications[:1]).json()["predictions"]
    log_size = Path(f"{url.database}-wal").stat().st_size
    with files_no_larger_than(log_size + 8_192, processes_of(recording)):
        for _ in range(100):
            answer = post(recording, applications[:1])
            if answer.status_code != 200:
                break
            answered += answer.json()["predictions"]
    after = post(recording, applications[:1])

    assert_withheld(answer, serve)
    assert after.status_code == 200
    answered += after.json()["predictions"]
    assert all(records.find(decision["decision_id"]) for decision in answered)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_database_that_is_down_withholds_the_decision_with_503_and_recovers_by_itself(
    recording, applications, postgresql, url, serve
):
    first = post(recording, applications[:1])
    postgresql.stop()
    withheld = [post(recording, applications[:1]) for _ in range(3)]
    postgresql.start()
    last = post(recording, applications[:1])

    for answer in withheld:
        assert_withheld(answer, serve)
    assert (first.status_code, last.status_code) == (200, 200)
    records = Records.open(url)
    for answer in (first, last):
        assert records.find(answer.json()["predictions"][0]["decision_id"])
    records.close()


def assert_withheld(answer: requests.Response, serve) -> None:
    assert answer.status_code == 503, answer.text
    body = answer.json()
    assert body.keys() == {"error_code", "message", "retry_after"}
    assert body["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert body["retry_after"] >= 1
    # MLflow's server takes status and body from a model, but no header.
    assert answer.headers.get("retry-after") == (None if serve is stock_server else str(body["retry_after"]))


@contextmanager
def locked(url: URL) -> Iterator[None]:
    """Lock the table for all others."""
    engine = create_engine(url)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if url.get_backend_name() == "sqlite":
            driver.isolation_level = None
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.exec_driver_sql("LOCK TABLE decisions IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            driver.rollback()


@contextmanager
def files_no_larger_than(size: int, processes: list[int]) -> Iterator[None]:
    """Limit the size of the processes' files: to the database it is a full disk."""
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process, resource.RLIMIT_FSIZE, UNLIMITED)
