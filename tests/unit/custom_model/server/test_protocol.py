"""The protocol under a real uvicorn, whose app answers what it has read."""

import asyncio
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
import uvicorn

from custom_model.server import protocol
from custom_model.server.admission import Admission
from custom_model.server.protocol import APP, MAX_HEADERS, MAX_PIPELINED, Protocol
from custom_model.server.settings import Settings
from custom_model.sparing_log import SparingLog
from tests.serving.connection import PATIENT, answers_of, connect, split, talk

pytestmark = pytest.mark.slow  # connections that wait

HEAD = b"POST /invocations?a=1 HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n"
BODY = b"Content-Length: 5\r\n\r\nhello"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
LIMIT = 2_000
LARGE = 50_000_000  # more than the system's buffers take


class Echo:
    """The app: it answers the path, the body and the names of the headers.

    At /early it does not wait for the body; at /slow it takes longer than a head may; at /busy the whole loop does.
    """

    def __init__(self, max_held_bytes: int = 10**7):
        self.settings = Settings(served_model="model", max_head_bytes=LIMIT, head_seconds=1.0)
        self.admission = Admission(9, max_held_bytes)
        self.connections: set = set()  # those that are open
        self.is_busy = threading.Event()

    def headers(self, request_headers):
        return [(b"x-request-id", b"1")]

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            scope["state"][APP] = self
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", scope["path"] != "/early"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        if scope["path"] == "/slow":
            await asyncio.sleep(2 * self.settings.head_seconds)
        if scope["path"] == "/busy":
            self.is_busy.set()
            time.sleep(2 * self.settings.head_seconds)
        if scope["path"] == "/large":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})
            await send({"type": "http.response.body", "body": bytes(LARGE)})
            return
        names = [name.decode() for name, _ in scope["headers"]]
        text = json.dumps({"path": scope["path"], "body": body.decode(), "headers": names}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
        await send({"type": "http.response.body", "body": text})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of uvicorn with this protocol and an echo."""
    with serve(Echo()) as url:
        yield url


@contextmanager
def serve(echo: Echo, buffer: int = 0) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        config = uvicorn.Config(echo, http=Protocol, lifespan="on", ws="none", log_level="warning", access_log=False)
        running = uvicorn.Server(config)
        echo.connections = running.server_state.connections
        thread = threading.Thread(target=running.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def unlogged(monkeypatch):
    monkeypatch.setattr(protocol, "refusals", SparingLog(logging.getLogger("refusals of the tests"), logging.WARNING))


@pytest.mark.parametrize("framing", [BODY, CHUNKS], ids=["length", "chunks"])
@pytest.mark.parametrize("offer", [b"", UPGRADE, UPGRADE + b"Expect: 100-continue\r\n"], ids=["none", "h2c", "expect"])
def test_an_offer_to_upgrade_is_ignored_and_the_body_is_read_however_it_is_split(server, framing, offer):
    chance = random.Random(11)
    request = HEAD + offer + framing

    for _ in range(15):
        (answer,) = talk(server, *split(request, chance), pause=0.002)
        assert (answer.status, answer.json()["body"]) == (200, "hello")
        assert answer.json()["path"] == "/invocations"
        assert "upgrade" not in answer.json()["headers"]


def test_requests_behind_an_upgrade_are_answered_in_their_order(server):
    requests = b"".join(b"GET /%d HTTP/1.1\r\n" % n + (UPGRADE if n % 2 else b"") + b"\r\n" for n in range(40))

    answers = talk(server, requests, answers=40)

    assert [answer.json()["path"] for answer in answers] == [f"/{n}" for n in range(40)]


def test_a_websocket_is_not_opened(server):
    handshake = (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    (answer,) = talk(server, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n" + handshake)

    assert answer.status == 200


FILLER = b"a" * (LIMIT + 1)
ENDLESS = b"a" * 1_000_000  # longer than one read, within which the parser does not report what it keeps
MANY = b"X: \r\n" * (MAX_HEADERS + 1)
BROKEN = {
    "an endless URL": (b"GET /" + ENDLESS, 414),
    "a URL over the limit": (b"GET /" + FILLER + b" HTTP/1.1\r\n\r\n", 414),
    "an endless header": (HEAD + b"X: " + ENDLESS, 431),
    "an endless name": (HEAD + ENDLESS, 431),
    "headers over the limit": (HEAD + b"X: " + FILLER + b"\r\n\r\n", 431),
    "too many headers": (HEAD + MANY, 431),
    "endless trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + ENDLESS, 431),
    "an endless chunk extension": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=" + ENDLESS, 431),
    "blank lines without end": (b"\r\n" * LIMIT, 431),
    "CONNECT": (b"CONNECT localhost:443 HTTP/1.1\r\n\r\n", 400),
    "HTTP/2 with prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "no path": (b"GET http://localhost HTTP/1.1\r\n\r\n", 400),
    "no path behind an upgrade": (b"GET http://[ HTTP/1.1\r\n" + UPGRADE + b"\r\n", 400),
    "HTTP/0.9 behind an upgrade": (b"GET / HTTP/0.9\r\n" + UPGRADE + b"\r\n", 505),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "a length and chunks": (HEAD + b"Content-Length: 5\r\n" + CHUNKS, 400),
    "two lengths": (HEAD + b"Content-Length: 4\r\n" + BODY, 400),
    "a length below zero": (HEAD + b"Content-Length: -5\r\n\r\n", 400),
    "a signed length": (HEAD + b"Content-Length: +5\r\n\r\nhello", 400),
    "a length in words": (HEAD + b"Content-Length: five\r\n\r\nhello", 400),
    "a length beyond 64 bits": (HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
    "an unknown transfer encoding": (HEAD + b"Transfer-Encoding: gzip\r\n\r\nhello", 400),
    "an unknown transfer encoding that waits": (
        HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        400,
    ),
    "a broken chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nhello", 400),
    "a folded header": (HEAD + b"X: a\r\n b\r\n\r\n", 400),
}


@pytest.mark.parametrize(("request_bytes", "status"), BROKEN.values(), ids=BROKEN)
def test_bytes_that_are_no_request_get_one_answer_in_json_however_they_are_split(server, request_bytes, status):
    chance = random.Random(12)

    for pieces in ([request_bytes], split(request_bytes, chance), split(request_bytes, chance)):
        (answer,) = talk(server, *pieces, answers=2, pause=0.002)
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["connection"] == "close"
        assert answer.headers["x-request-id"] == "1"
        assert {"error_code", "message"} <= answer.json().keys()


def test_a_refused_request_that_waits_for_100_continue_is_no_fault(server, caplog):
    talk(server, HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: gzip\r\n\r\nhello", answers=2)

    assert not [record for record in caplog.records if record.name == "uvicorn.error"]


def test_a_head_of_just_the_limit_is_read(server):
    url = b"/invocations?a=1"
    header = b"x" * (LIMIT - len(url) - len(b"Host") - len(b"localhost") - len(b"X") - len(b"Content-Length") - 1)

    (answer,) = talk(server, HEAD + b"X: " + header + b"\r\n" + BODY)
    (refused,) = talk(server, HEAD + b"X: " + header + b"x\r\n" + BODY)

    assert (answer.status, refused.status) == (200, 431)


def test_a_refusal_comes_after_the_answers_to_the_requests_before_it(server):
    answers = talk(server, (HEAD + BODY) * 3 + HEAD + b"X: " + FILLER + b"\r\n\r\n", answers=5)

    assert [answer.status for answer in answers] == [200, 200, 200, 431]


def test_a_broken_body_behind_other_requests_is_refused_in_its_turn(server):
    broken = HEAD + b"Transfer-Encoding: chunked\r\n\r\nhello"

    answers = talk(server, (HEAD + BODY) * 3 + broken + HEAD + BODY, answers=5)

    assert [answer.status for answer in answers] == [200, 200, 200, 400]


def test_requests_that_wait_on_one_connection_are_limited(server):
    answers = talk(server, (HEAD + BODY) * (MAX_PIPELINED * 3), answers=MAX_PIPELINED * 3)

    assert [answer.status for answer in answers] == [200] * (MAX_PIPELINED + 1) + [503]


def test_a_trailer_is_no_header(server):
    (answer,) = talk(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nIdempotency-Key: a\r\n\r\n")

    assert answer.json()["headers"] == ["host", "transfer-encoding"]


def test_a_head_that_does_not_arrive_is_given_up_and_an_unused_connection_closed(server):
    with connect(server) as late, connect(server) as unused:
        late.sendall(HEAD)

        assert late.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert unused.recv(1000) == b""


def test_a_head_that_cannot_arrive_while_others_are_answered_is_not_late(server):
    with connect(server) as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        received = connection.recv(1000)  # "100 Continue": the app waits for the body
        connection.sendall(b"helloGET /1 HTTP/1.1\r\n\r\nGET /2 ")
        while len(answers_of(received)) < 2:
            received += connection.recv(1000)
        connection.sendall(b"HTTP/1.1\r\n\r\n")
        while len(answers_of(received)) < 3:
            received += connection.recv(1000)

    assert [answer.json()["path"] for answer in answers_of(received)] == ["/slow", "/1", "/2"]


def test_a_request_that_arrives_while_the_loop_is_busy_is_not_late():
    echo = Echo()
    with serve(echo) as server, connect(server) as waiting, connect(server) as busy:
        waiting.sendall(HEAD[:1])
        busy.sendall(b"GET /busy HTTP/1.1\r\n\r\n")
        assert echo.is_busy.wait(PATIENT)
        waiting.sendall((HEAD + BODY)[1:])

        assert waiting.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_blank_lines_do_not_keep_a_connection(server):
    with connect(server) as connection:
        connection.sendall(HEAD + BODY)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\r\n")

        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("rest", [b"h", b"hello"], ids=["part of the body", "the whole body"])
def test_a_body_that_follows_its_answer_does_not_keep_a_connection(server, rest):
    with connect(server) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(rest)

        assert connection.recv(1000) == b""


def test_a_request_behind_a_body_that_follows_its_answer_is_answered(server):
    with connect(server) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"hello" + HEAD + BODY)

        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_heads_count_as_bytes_in_progress_and_are_released():
    echo = Echo(max_held_bytes=100_000)
    head = HEAD + b"X: " + b"a" * (LIMIT - 200)
    with serve(echo) as server:
        connections = [connect(server) for _ in range(100)]
        for connection in connections:
            connection.sendall(head)
        answers = [connection.recv(1000).split(b" ", 2)[1] for connection in connections]  # a late one gets 408
        for connection in connections:
            connection.close()
        after = talk(server, HEAD + BODY)

    assert set(answers) == {b"408", b"503"}
    assert answers.count(b"408") * len(head) <= 100_000
    assert after[0].status == 200
    assert echo.admission.bytes == 0


@pytest.mark.parametrize("requests", [1, 3])
@pytest.mark.parametrize("line", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_an_answer_that_is_not_read_is_dropped(server, monkeypatch, line, requests):
    monkeypatch.setattr(protocol, "READ_SECONDS", 0.3)
    with connect(server) as connection:
        connection.sendall((b"GET /large HTTP/1.1\r\n" + line + b"\r\n") * requests)
        time.sleep(2.0)

        received = 0
        with suppress(ConnectionError):
            while chunk := connection.recv(1 << 20):
                received += len(chunk)
    assert received < LARGE


@pytest.mark.parametrize("line", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_the_end_of_an_answer_that_is_not_read_is_dropped(monkeypatch, line):
    monkeypatch.setattr(protocol, "READ_SECONDS", 0.3)
    monkeypatch.setitem(globals(), "LARGE", 60_000)  # more than these buffers take, and no more than asyncio's own
    echo = Echo()
    with serve(echo, buffer=4096) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", urlsplit(server).port))
        connection.sendall(b"GET /large HTTP/1.1\r\n" + line + b"\r\n")
        assert connection.recv(1) == b"H"
        deadline = time.monotonic() + PATIENT
        while echo.connections:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_an_answer_that_is_read_slowly_arrives_whole(server, monkeypatch):
    monkeypatch.setattr(protocol, "READ_SECONDS", 5.0)
    with connect(server) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := connection.recv(1 << 20):
            received += chunk
            time.sleep(0.005)

    assert received.endswith(bytes(LARGE))


def test_refusals_are_logged_once_with_a_count(server, monkeypatch, caplog):
    sparing = SparingLog(logging.getLogger("refusals"), logging.WARNING, seconds=0.5)
    monkeypatch.setattr(protocol, "refusals", sparing)

    for _ in range(200):
        talk(server, b"S3CRET\r\n\r\n")
    talk(server, b"GET /" + FILLER)

    lines = [record.getMessage() for record in caplog.records if record.name == "refusals"]
    assert 2 <= len(lines) <= 20
    assert not [line for line in lines if "S3CRET" in line]
