"""MLflow's own server, as SECURITY.md describes it: where a newer one does otherwise, change the document."""

import json
import time
from importlib.resources import files

import pytest
import requests

from custom_model.server.protocol import MAX_HEADERS, MAX_PIPELINED
from custom_model.server.settings import Settings
from steps.run.serving import stock_server
from testing import forked_servers
from tests.applications import COMPLETE as GOOD
from tests.serving.clients import HTTP2_WITH_PRIOR_KNOWLEDGE
from tests.serving.connection import connect, talk

pytestmark = pytest.mark.slow

LIMITS = Settings(served_model="model")
MIB = 1024 * 1024
BODY = json.dumps({"inputs": [GOOD]}).encode()
HEAD = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
UNIQUE = {"decision_id": None, "decided_at": None}
JSON = {"Content-Type": "application/json"}
END = b"\r\n" + BODY


def test_its_pages_load_scripts_of_a_cdn(stock):
    for page in ("docs", "redoc"):
        answer = requests.get(f"{stock}/{page}", timeout=30)
        assert answer.status_code == 200
        assert 'src="https://cdn.jsdelivr.net/' in answer.text


def test_its_errors_of_paths_and_methods_have_a_detail(stock):
    unknown, wrong = requests.get(f"{stock}/nothing", timeout=30), requests.get(f"{stock}/invocations", timeout=30)

    assert (unknown.status_code, wrong.status_code) == (404, 405)
    assert unknown.json().keys() == wrong.json().keys() == {"detail"}


def test_a_request_with_the_same_key_is_decided_again(stock):
    answers = [
        requests.post(f"{stock}/invocations", json={"inputs": [GOOD]}, headers={"Idempotency-Key": "one"}, timeout=30)
        for _ in range(2)
    ]

    assert len({answer.json()["predictions"][0]["decision_id"] for answer in answers}) == 2


def test_the_images_nginx_passes_on_two_paths_and_100_mb():
    configuration = (files("mlflow.models.container") / "scoring_server" / "nginx.conf").read_text("utf-8")
    locations = configuration.split("location ")[1:]

    assert [location.partition(" {")[0] for location in locations] == ["~ ^/(ping|invocations)", "/"]
    assert "client_max_body_size 100m;" in locations[0]
    assert "return 404" in locations[1]
    assert "proxy_pass" not in locations[1]


def test_it_repeats_a_body_that_is_not_json(stock):
    broken = b'{"inputs": [{"AMT_CREDIT": "S3CRET"'

    (answer,) = talk(stock, HEAD + b"Content-Length: %d\r\n\r\n" % len(broken) + broken)

    assert answer.status == 400
    assert b"S3CRET" in answer.body


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X: " + b"a" * MIB + b"\r\n",
        HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(2 * MAX_HEADERS)),
    ],
    ids=["a header of 1 MiB", "200 headers"],
)
def test_it_decides_behind_a_head_beyond_the_hardened_servers_limits(stock, head):
    assert len(head) > LIMITS.max_head_bytes or head.count(b"\r\n") > MAX_HEADERS

    (answer,) = talk(stock, head + LENGTH + END)

    assert answer.status == 200


def test_it_reads_a_url_of_any_length_to_its_end_before_it_refuses_it(stock):
    with connect(stock) as connection:
        connection.sendall(HEAD.replace(b"/invocations", b"/invocations?" + b"a" * MIB)[: MIB // 2])
        connection.settimeout(2)
        with pytest.raises(TimeoutError):
            connection.recv(1)

    (answer,) = talk(stock, HEAD.replace(b"/invocations", b"/invocations?" + b"a" * MIB) + LENGTH + END)

    assert answer.status == 400


def test_it_waits_for_heads_and_bodies_and_for_more_requests_than_the_hardened_server_takes(stock):
    whole = HEAD + LENGTH + END
    parts = [b"", whole[:50], *[whole[:-1]] * (LIMITS.max_requests + 10)]
    connections = [connect(stock) for _ in parts]
    for connection, part in zip(connections, parts, strict=True):
        connection.sendall(part)

    time.sleep(max(LIMITS.head_seconds, LIMITS.body_seconds) + 2)
    for connection, part in zip(connections, parts, strict=True):
        connection.sendall(whole[len(part) :])
    statuses = [connection.recv(4096).split(b" ", 2)[1] for connection in connections]
    for connection in connections:
        connection.close()

    assert set(statuses) == {b"200"}


def test_it_answers_more_requests_on_one_connection_than_the_hardened_server_lets_wait(stock):
    count = 3 * MAX_PIPELINED

    answers = talk(stock, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n" * count, answers=count)

    assert [answer.status for answer in answers] == [200] * count


@pytest.mark.parametrize("lines", [b"Content-Type: text/csv\r\n", b"Idempotency-Key: one\r\nIdempotency-Key: two\r\n"])
def test_of_two_headers_the_first_counts_or_none(stock, lines):
    (answer,) = talk(stock, HEAD + lines + LENGTH + END)

    assert answer.status == 200


def test_it_redirects_to_the_host_that_the_request_names(stock):
    head = HEAD.replace(b"/invocations", b"/invocations/").replace(b"localhost", b"elsewhere.example")

    (answer,) = talk(stock, head + LENGTH + END)

    assert (answer.status, answer.headers["location"]) == (307, "http://elsewhere.example/invocations")


def test_malformed_http_gets_text_and_a_line_in_the_log_for_each(champion, tmp_path):
    log = tmp_path / "server.log"
    with stock_server(champion.uri, log_file=log) as server:
        answers = [talk(server, b"S3CRET\r\n\r\n", answers=2) for _ in range(50)]
        (http2,) = talk(server, HTTP2_WITH_PRIOR_KNOWLEDGE, answers=1)

    assert {(answer.status, answer.headers["content-type"]) for (answer,) in answers} == {
        (400, "text/plain; charset=utf-8")
    }
    assert http2.status == 400
    assert log.read_text("utf-8").count("Invalid HTTP request received") >= 50


def test_a_forked_server_decides_as_the_one_that_mlflow_starts(server, champion):
    with forked_servers.stock_server(champion.uri) as forked:
        answers = [requests.post(f"{url}/invocations", data=BODY, headers=JSON, timeout=60) for url in (server, forked)]

    for answer in answers:
        assert answer.status_code == 200
    own, other = ({**answer.json()["predictions"][0], **UNIQUE} for answer in answers)
    assert own == other
