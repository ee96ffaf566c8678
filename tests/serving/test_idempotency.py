"""Idempotency-Key on the real server with two workers: the same answer, on record once, also after kill -9."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import URL, create_engine, make_url, select

from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import decisions, idempotent_answers
from steps.tables.home_credit import ID
from testing.forked_servers import hardened_server
from testing.postgres import fresh_database
from testing.processes import stopped, workers_of
from tests.postgres import postgres_of_the_tests
from tests.serving.test_decision_log import locked
from tests.serving.test_kill import UNREACHABLE, Load, assert_on_record_once, withstand

pytestmark = pytest.mark.slow

REPLAYED = "idempotent-replayed"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def new_url(request, tmp_path_factory) -> Iterator[Callable[[], URL]]:
    """A function that returns the URL of an empty SQLite file or PostgreSQL database."""
    if request.param == "sqlite":
        yield lambda: make_url(f"sqlite:///{tmp_path_factory.mktemp('log') / 'decisions.db'}")
    else:
        with postgres_of_the_tests() as cluster:
            yield lambda: make_url(fresh_database(cluster.url))


@pytest.fixture(scope="module")
def url(new_url) -> URL:
    """The URL of the log that these tests share."""
    return new_url()


def serve(champion, url: URL):
    log = url.render_as_string(hide_password=False)
    return hardened_server(champion.uri, workers=2, DECISION_LOG_URI=log, DECISION_LOG_WAIT="2")


@pytest.fixture(scope="module")
def server(champion, url) -> Iterator[str]:
    """A server with two workers and its log there."""
    with serve(champion, url) as server:
        yield server


@pytest.fixture
def on_record(url, server, applications):
    """A function that counts the decisions about a client; the first decision creates the schema."""
    post(server, None, applications[:1])
    records = Records.open(url)
    yield lambda client: records.count(window() & (decisions.c.client_id == str(client)))
    records.close()


def post(server: str, key: str | None, rows: list[dict], **headers: str) -> requests.Response:
    headers = {"Content-Type": "application/json", **({} if key is None else {"Idempotency-Key": key}), **headers}
    return requests.post(f"{server}/invocations", data=json.dumps({"inputs": rows}), headers=headers, timeout=60)


def new_key() -> str:
    return str(uuid.uuid4())


def test_the_same_request_with_the_same_key_gets_the_same_bytes_from_either_worker(server, applications, on_record):
    key, rows = new_key(), [{**application, ID: 1} for application in applications[:6]]
    first = post(server, key, rows)

    again = []
    for worker in workers_of(server):
        with stopped([worker]):
            again += [post(server, each, rows) for each in (key, f'"{key}"')]

    assert first.status_code == 200
    assert REPLAYED not in first.headers
    assert len(first.json()["predictions"]) == 6
    for answer in again:
        assert (answer.status_code, answer.content) == (200, first.content)
        assert answer.headers[REPLAYED] == "true"
    assert on_record(1) == 6


def test_an_answer_has_of_the_request_only_a_sha_256(server, applications, url):
    rows = [{**applications[0], "CODE_GENDER": "S3CRET"}]
    post(server, None, rows)
    answer = post(server, key := new_key(), rows)

    with create_engine(url).connect() as connection:
        found = connection.execute(select(idempotent_answers).where(idempotent_answers.c.key == key))
        (stored,) = found.mappings()

    body = json.dumps({"inputs": rows}).encode()
    assert stored["fingerprint"] == hashlib.sha256(b"application/json\0" + body).hexdigest()
    assert json.loads(stored["decision"]) == answer.json()["predictions"][0]
    assert "S3CRET" not in str(dict(stored))
    assert set(stored) == {"key", "position", "fingerprint", "client_id", "decision", "answered_at"}


def test_another_spelling_of_the_media_type_is_the_same_request(server, applications, on_record):
    rows = [{**applications[1], ID: 400_009}]
    key = new_key()

    first = post(server, key, rows)
    again = post(server, key, rows, **{"Content-Type": 'Application/JSON; charset="UTF-8"'})

    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers.get(REPLAYED)) == (first.content, "true")
    assert on_record(400_009) == 1


def test_another_request_with_the_key_is_refused_and_not_decided(server, applications, on_record):
    key = new_key()
    post(server, key, [{**applications[0], ID: 2}])

    other = post(server, key, [{**applications[0], ID: 3}])

    assert other.status_code == 422
    assert other.json().keys() == {"error_code", "message"}
    assert other.json()["error_code"] == "RESOURCE_CONFLICT"
    assert on_record(3) == 0


def test_requests_at_once_with_one_key_are_decided_once(server, applications, on_record):
    for client in range(100, 110):
        key, rows = new_key(), [{**applications[0], ID: client}]
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda _, key=key, rows=rows: post(server, key, rows), range(8)))

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert on_record(client) == 1


def test_a_request_that_was_not_decided_leaves_its_key_free(server, applications, on_record):
    key, good = new_key(), [{**applications[0], ID: 4}]

    bad = post(server, key, [{**applications[0], "SHOE_SIZE": 43, ID: 4}])
    decided = post(server, key, good)

    assert (bad.status_code, decided.status_code) == (400, 200)
    assert on_record(4) == 1


@pytest.mark.parametrize(
    "key", ["", "a b", "x" * 129, "'; DROP TABLE decisions; --", "ключ".encode().decode("latin-1")]
)
def test_a_key_of_another_form_is_a_bad_request(server, applications, key):
    answer = post(server, key, applications[:1])

    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["field"] == "idempotency-key"
    assert problem["problem"] == "expected 1 to 128 letters, digits and . _ ~ : -, such as a UUID"


def test_while_the_log_is_locked_a_request_is_withheld_and_later_decided_under_its_key(
    server, applications, on_record, url
):
    key, rows = new_key(), [{**applications[0], ID: 5}]

    with locked(url):
        withheld = post(server, key, rows)
    decided, again = post(server, key, rows), post(server, key, rows)

    assert (withheld.status_code, decided.status_code) == (503, 200)
    assert withheld.headers["retry-after"] == "1"
    assert again.content == decided.content
    assert on_record(5) == 1


def test_an_erased_clients_answer_is_gone(server, applications, url):
    key, rows = new_key(), [{**applications[0], ID: 6}]
    first = post(server, key, rows)
    records = Records.open(url)
    records.erase("6")
    records.close()

    again = post(server, key, rows)

    assert again.status_code == 200
    assert REPLAYED not in again.headers
    assert again.content != first.content


class RetryingLoad(Load):
    """Clients that send each request, with a key of its own, until it is answered."""

    retries = 0

    def _ask(self) -> None:
        while not self._over.is_set():
            client = next(self._clients)
            rows = [{**self.applications[client % len(self.applications)], ID: client}]
            while not self._over.is_set() and not self._answered_once(client, rows):
                self.retries += 1
                self._over.wait(0.05)

    def _answered_once(self, client: int, rows: list[dict]) -> bool:
        try:
            answer = post(self.url, f"order-{client}", rows)
            if answer.status_code == 200:
                with self._answered:
                    (self.received[str(client)],) = answer.json()["predictions"]
                    self._answered.notify_all()
                return True
            if answer.status_code != 503:
                self.unexpected.append(answer.text)
        except UNREACHABLE:
            pass
        return False


def test_requests_sent_again_after_kill_9_of_workers_and_servers_are_on_record_once(champion, applications, new_url):
    url = new_url()
    load, count = withstand(
        lambda: serve(champion, url), applications, {"worker": 6, "server": 2}, load=RetryingLoad(applications)
    )

    assert count == 8
    assert load.retries > 0
    assert_on_record_once(load, url)
    with serve(champion, url) as server:
        for client, decision in list(load.received.items())[-50:]:
            rows = [{**applications[int(client) % len(applications)], ID: int(client)}]
            answer = post(server, f"order-{client}", rows)
            assert answer.headers[REPLAYED] == "true"
            assert answer.json() == {"predictions": [decision]}


def test_without_a_log_a_key_is_refused_since_nothing_would_remember_it(hardened, applications):
    answer = post(hardened, new_key(), applications[:1])

    assert answer.status_code == 400
    assert "DECISION_LOG_URI" in answer.json()["problems"][0]["problem"]
