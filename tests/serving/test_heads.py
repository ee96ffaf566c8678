"""Heads of requests on the real hardened server: their size, number, time and odd forms, and what is logged of them."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from steps.run.serving import hardened_server
from testing.processes import workers_of
from tests.applications import COMPLETE as GOOD
from tests.serving.connection import connect, talk

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
BODY = json.dumps({"inputs": [GOOD]}).encode()
HEAD = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("server") / "server.log"


@pytest.fixture(scope="module")
def server(champion, log):
    """A server with one worker, a decision log, and little patience and room."""
    limits = {"HEAD_SECONDS": "2", "MAX_HELD_BYTES": str(4 * MIB), "MAX_BODY_BYTES": str(MIB)}
    uri = f"sqlite:///{log.parent / 'log.db'}"
    with hardened_server(champion.uri, log_file=log, DECISION_LOG_URI=uri, **limits) as url:
        yield url


@pytest.fixture
def worker(server) -> int:
    (worker,) = workers_of(server)
    return worker


def peak_memory(process: int) -> int:
    """The process's peak memory in bytes, since it began."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1])


def assert_decides(server) -> None:
    (answer,) = talk(server, HEAD + LENGTH + b"\r\n" + BODY)
    assert answer.status == 200


@pytest.mark.parametrize(
    ("start", "piece", "pieces", "status"),
    [
        (HEAD, b"X: " + b"a" * 1000 + b"\r\n", 400_000, 431),
        (HEAD + b"X: ", b"a" * MIB, 400, 431),
        (b"GET /", b"a" * MIB, 300, 414),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * MIB, 100, 431),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=", b"a" * MIB, 100, 431),
    ],
    ids=["400 MB of headers", "a header of 400 MB", "a URL of 300 MB", "a trailer", "a chunk extension"],
)
def test_an_endless_head_is_refused_and_takes_no_memory(server, worker, start, piece, pieces, status):
    assert_decides(server)
    before = peak_memory(worker)

    (answer,) = talk(server, start, *[piece] * pieces, answers=2)

    assert (answer.status, answer.json()["limit"]) == (status, 65_536)
    assert answer.headers["x-model-version"]
    assert peak_memory(worker) - before < 32 * MIB
    assert_decides(server)


def test_heads_that_wait_are_bounded_for_all_connections_together(server, worker):
    """300 heads of 60 KB would be 18 MB, and some more in the parser; 4 MiB of them wait, the others get 503."""
    assert_decides(server)
    before = peak_memory(worker)
    connections = [connect(server) for _ in range(300)]

    for connection in connections:
        connection.sendall(HEAD + b"X: " + b"a" * 60_000)
    statuses = [connection.recv(4096).split(b" ", 2)[1] for connection in connections]
    for connection in connections:
        connection.close()

    assert set(statuses) == {b"503", b"408"}
    assert statuses.count(b"408") * 60_000 <= 4 * MIB
    assert peak_memory(worker) - before < 64 * MIB
    assert_decides(server)


def test_a_length_of_more_digits_than_int_takes_is_the_number_it_is(server):
    digits = b"Content-Length: " + str(len(BODY)).encode().rjust(4_301, b"0") + b"\r\n\r\n"
    over = b"Content-Length: " + str(MIB + 1).encode().rjust(4_301, b"0") + b"\r\n\r\n"

    (decided,), (refused,) = talk(server, HEAD + digits + BODY), talk(server, HEAD + over)

    assert (decided.status, refused.status) == (200, 413)


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length: " + b"9" * 4_300,
        b"Content-Length: -5",
        b"Content-Length: +5",
        b"Content-Length: 5 5",
        b"Content-Length: 5, 5",
        b"Content-Length: 0x5",
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: \xb2",
    ],
)
def test_a_length_that_is_none_is_400(server, line):
    (answer,) = talk(server, HEAD + line + b"\r\n\r\nhello", answers=2)

    assert answer.status == 400
    assert answer.json()["error_code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (b"Content-Type: text/csv\r\n", "content-type"),
        (b"CONTENT-TYPE: application/json\r\n", "content-type"),
        (b"Idempotency-Key: one\r\nIdempotency-Key: two\r\n", "idempotency-key"),
    ],
)
def test_a_header_that_is_sent_twice_and_means_one_thing_is_400(server, lines, problem):
    (answer,) = talk(server, HEAD + lines + LENGTH + b"\r\n" + BODY)

    assert answer.status == 400
    assert answer.json()["problems"] == [{"row": None, "field": problem, "problem": "expected once, got twice or more"}]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"Idempotency-Key: \xff\xfe", 400),
        (b"Idempotency-Key: " + b"a" * 60_000, 400),
        (b"X-Request-ID: \xff\xfe", 200),
        (b"X-Request-ID: " + b"1" * 5_000, 200),
        (b"Host:", 200),
        (b"Host: \xff:x", 200),
        (b"Expect: 200-maybe", 200),
        (b"Connection: \xff, close", 200),
    ],
)
def test_a_header_of_any_bytes_is_no_fault(server, line, status):
    (answer,) = talk(server, HEAD + line + b"\r\n" + LENGTH + b"\r\n" + BODY)

    assert answer.status == status


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://localhost:5001/invocations", 200),
        (b"http://elsewhere.example/invocations?x=%ff", 400),
        (b"http://elsewhere.example/invocations?", 200),
        (b"/invocations?\xff", 400),
        (b"/invocations#?simulate=true", 400),
        (b"/\xff\xfe", 400),
        (b"/%ff%00", 404),
        (b"/invocations%2f", 404),
        (b"/%69nvocations", 200),
        (b"*", 404),
        (b"http://localhost", 400),
        (b"http://[::1]:x/", 400),
        (b"//invocations", 404),
    ],
)
def test_a_target_of_any_form_is_no_fault(server, target, status):
    head = HEAD.replace(b"/invocations", target)

    (answer,) = talk(server, head + LENGTH + b"\r\n" + BODY)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", [b"/invocations/", b"/ping/", b"/health/", b"/version/", b"//"])
def test_no_path_redirects_to_the_callers_host(server, path):
    for method in (b"POST ", b"GET "):
        head = HEAD.replace(b"POST /invocations", method + path).replace(b"localhost", b"elsewhere.example")

        (answer,) = talk(server, head + LENGTH + b"\r\n" + BODY)

        assert answer.status == 404
        assert "location" not in answer.headers
        assert answer.json()["error_code"] == "ENDPOINT_NOT_FOUND"


def test_malformed_requests_make_a_few_lines_in_the_log(server, log):
    before = log.stat().st_size
    kinds = [b"S3CRET\r\n\r\n", b"GET /" + b"S3CRET" * 12_000, HEAD + b"S3CRET: " + b"a" * 70_000 + b"\r\n\r\n"]
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda number: talk(server, kinds[number % 3]), range(1_500)))

    assert {answer.status for (answer,) in answers} == {400, 414, 431}
    written = log.read_bytes()[before:].decode()
    assert len(written.splitlines()) <= 20
    assert "S3CRET" not in written
    assert requests.get(f"{server}/ping", timeout=10).status_code == 200
