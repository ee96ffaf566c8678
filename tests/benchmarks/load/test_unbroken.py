"""Clients that never stop: every answer and every failure counts."""

import time

from benchmarks.load.connection import request_of
from benchmarks.load.unbroken import UnbrokenClients
from tests.benchmarks.answering import a_server

IDENTITY = "01a21674-7871-7854-920d-62894aa526ac"
BODY = b'{"predictions":[{"decision_id":"%s"}]}' % IDENTITY.encode()


def answer(status: bytes = b"200 OK", more: bytes = b"", body: bytes = BODY) -> bytes:
    return b"HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (status, more, len(body), body)


def asked(url: str, connections: int = 2) -> UnbrokenClients:
    """Clients that have some answers, or failures, for each connection."""
    clients, deadline = UnbrokenClients(url, [request_of(url, b"{}")]), time.monotonic() + 60
    with clients.asking(connections):
        while len(clients.decided) + len(clients.failures) < 4 * connections and time.monotonic() < deadline:
            time.sleep(0.01)
    return clients


def test_each_connection_goes_on_as_long_as_the_server_does_not_close_it():
    with a_server(answer()) as (url, connected, received):
        clients = asked(url)

    assert len(connected) == 2
    assert len(clients.decided) == len(received) > 2
    assert {each.decision for each in clients.decided} == {IDENTITY}
    assert clients.failures == []


def test_a_connection_that_the_server_ends_with_an_answer_is_followed_by_another():
    with a_server(answer(more=b"Connection: close\r\n"), then_ends=True) as (url, connected, _):
        clients = asked(url)

    assert len(connected) == len(clients.decided) > 2
    assert clients.failures == []


def test_an_answer_without_a_decision_is_a_failure():
    with a_server(answer(b"503 Service Unavailable", body=b"busy")) as (url, _, received):
        clients = asked(url)

    assert clients.decided == []
    assert len(clients.failures) == len(received)
    assert clients.failures[0].endswith("busy")


def test_a_server_that_is_gone_is_a_failure():
    with a_server(answer()) as (url, _, _):
        pass

    assert asked(url, connections=1).failures
