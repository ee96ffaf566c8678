"""The log and the metrics of the real hardened server: nothing of a request's values, and no line for each."""

import json
from pathlib import Path

import pytest
import requests

from testing.forked_servers import hardened_server
from tests.applications import COMPLETE as GOOD

pytestmark = pytest.mark.slow

JSON = "application/json"
TIMES = 30
REQUESTS = [
    ("/invocations", {"inputs": [{**GOOD, "CODE_GENDER": "S3CRET"}]}, JSON, 200),
    ("/invocations", {"inputs": [{**GOOD, "AMT_CREDIT": "S3CRET"}]}, JSON, 400),
    ("/invocations?name=S3CRET", {"inputs": "S3CRET"}, JSON, 400),
    ("/invocations", {"inputs": [{}] * 1_001}, JSON, 413),
    ("/invocations", "S3CRET", "text/S3CRET", 415),
    ("/S3CRET", {}, JSON, 404),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("server") / "server.log"


@pytest.fixture(scope="module")
def server(champion, log):
    uri = f"sqlite:///{log.parent / 'decisions.db'}"
    with hardened_server(champion.uri, log_file=log, DECISION_LOG_URI=uri) as url:
        yield url


@pytest.mark.parametrize(("path", "body", "media", "status"), REQUESTS)
def test_no_request_makes_a_line_of_its_own_or_leaves_a_value(server, log, path, body, media, status):
    headers = {"Content-Type": media, "Authorization": "Bearer S3CRET", "X-Request-ID": "S3CRET"}
    before = log.stat().st_size

    answers = [
        requests.post(server + path, data=json.dumps(body), headers=headers, timeout=60).status_code
        for _ in range(TIMES)
    ]

    written = log.read_bytes()[before:].decode()
    assert answers == [status] * TIMES
    assert len(written.splitlines()) <= 1
    assert "S3CRET" not in written
    assert "S3CRET" not in requests.get(f"{server}/metrics", timeout=10).text
