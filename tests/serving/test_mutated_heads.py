"""Thousands of broken heads to the hardened server: an answer to each, no fault, no line in the log for each."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests

from steps.run.settings import PROJECT
from testing.forked_servers import hardened_server
from tests.serving.clients import CLIENTS, HTTP2_WITH_PRIOR_KNOWLEDGE
from tests.serving.connection import connect, split
from tests.serving.corpus import keep, kept

pytestmark = pytest.mark.slow

HEADS = 3_000
CONNECTIONS = 16
SECONDS = 0.5  # for a head or a body to arrive
BODY = (PROJECT / "docs" / "requests" / "realistic.json").read_bytes()

# Each once had another answer than it should.
CORPUS = [
    b"POST /invocations HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: "
    + b"0" * 4_300
    + b"5\r\n\r\nhello",
    b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nhello",
    b"POST /invocations HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: gzip\r\n\r\nhello",
    b"GET /\r\n\r\n",
    b"GET http://localhost HTTP/1.1\r\n\r\n",
    b"CONNECT localhost:443 HTTP/1.1\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    HTTP2_WITH_PRIOR_KNOWLEDGE,
]
LINES = [
    *(b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: " + b"0" * 4_300),
    *(b"Content-Length: " + b"9" * 4_300, b"Content-Length:", b"Content-Length: 5 ", b"Content-Length: 5,5"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, gzip"),
    *(b"Transfer-Encoding: identity", b"Transfer-Encoding:\x0bchunked", b"TE: trailers", b"Trailer: Content-Type"),
    *(b"Connection: Upgrade", b"Upgrade: h2c", b"Upgrade: websocket", b"Connection: close", b"Connection: \xff"),
    *(b"Expect: 100-continue", b"Expect: x", b"Host:", b"Host: \xff", b"Host: a\r\nHost: b", b"X-Request-ID: \xff"),
    *(b"Idempotency-Key: \xff", b"Idempotency-Key: a", b"Content-Type: \xff/\xff", b"Content-Type: application/json"),
    *(b"Content-Type: application/vnd.apache.parquet", b"Content-Encoding: gzip", b"X: " + b"a" * 70_000),
    *(b" folded: a", b"X : a", b": a", b"X", b"X: a\x00b", b"X: a\rb", b"\x00: a", b"X: " + bytes(range(128, 256))),
    b"X: a\r\n" * 120,
]
FIRST = [
    *(b"GET", b"HEAD", b"PUT", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"post", b"", b"\xff", b"M-SEARCH"),
    *(b"/", b"*", b"//", b"/ping", b"/ready", b"/metrics", b"/invocations/", b"/%ff%00", b"/\xff", b"?", b"#", b"/../"),
    *(b"http://h/invocations", b"http://h", b"http://[", b"h:443", b"/" + b"a" * 70_000, b"/a b", b"/invocations?\x00"),
    *(b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3", b"HTTP/9.9", b"http/1.1", b"HTTP/1.1 ", b"HTTP/1.1\x00"),
]  # fmt: skip


def mutated(chance: random.Random) -> bytes:
    """A client's request with one to three changes in its head, or anywhere."""
    request = chance.choice(list(CLIENTS.values())).request(BODY)
    for _ in range(chance.randint(1, 3)):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        change = chance.randrange(6)
        if change == 0:
            lines.insert(chance.randint(1, len(lines)), chance.choice(LINES))
        elif change == 1:
            del lines[chance.randrange(len(lines))]
        elif change == 2:
            words = lines[0].split(b" ") if lines else []
            if words:
                words[chance.randrange(len(words))] = chance.choice(FIRST)
            lines[:1] = [b" ".join(words)]
        elif change == 3:
            lines.append(chance.choice(lines or [b"X"]))
        request = chance.choice([b"\r\n"] * 20 + [b"\n", b"\r", b"\n\r"]).join(lines) + b"\r\n\r\n" + body
        if change >= 4:
            place, length = chance.randrange(min(len(request), 400)), chance.randint(0, 8)
            inserted = bytes(chance.randrange(256) for _ in range(chance.randint(0, 3)))
            request = request[:place] + inserted + request[place + length :]
    return request if chance.random() < 0.95 else request[: chance.randrange(len(request))]


def status(server: str, pieces: list[bytes]) -> int:
    """The status of the first answer; 0 where the server closes without one."""
    received = b""
    with connect(server) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        with suppress(ConnectionError):
            while b"\r\n\r\n" not in received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"):
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                received += chunk
    first = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    return int(first.split(b" ", 2)[1]) if first else 0


def test_no_broken_head_breaks_the_server(champion, tmp_path):
    chance = random.Random(20180829)
    heads = [*CORPUS, *kept("heads"), *(mutated(chance) for _ in range(HEADS))]
    sent = [split(head, chance, most=3) for head in heads]
    log = tmp_path / "server.log"
    patience = {"HEAD_SECONDS": str(SECONDS), "BODY_SECONDS": str(SECONDS)}
    environment = {"DECISION_LOG_URI": f"sqlite:///{tmp_path / 'log.db'}", **patience}

    with (
        hardened_server(champion.uri, log_file=log, **environment) as server,
        ThreadPoolExecutor(CONNECTIONS) as clients,
    ):
        statuses = list(clients.map(lambda pieces: status(server, pieces), sent))
        assert requests.get(f"{server}/ping", timeout=10).status_code == 200

    for head, answered in zip(heads, statuses, strict=True):
        assert answered < 500 or answered in (503, 505), keep("heads", head)
        assert answered or not head.strip(b"\r\n"), keep("heads", head)
    assert {200, 400, 404, 405, 408, 414, 431, 505} <= set(statuses)
    logged = log.read_text("utf-8")
    assert len(logged.splitlines()) < 30
    assert "incident" not in logged
