"""What other languages' clients send by default is decided, whole and in pieces, by the real servers."""

import random

import pytest

from steps.run.settings import PROJECT
from tests.serving.clients import CLIENTS, HTTP2_WITH_PRIOR_KNOWLEDGE, Client
from tests.serving.connection import split, talk

pytestmark = pytest.mark.slow

BODY = (PROJECT / "docs" / "requests" / "realistic.json").read_bytes()


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_a_clients_default_request_is_decided_however_it_is_split(hardened, client: Client):
    chance = random.Random(10)
    request = client.request(BODY)

    for pieces in ([request], *(split(request, chance) for _ in range(5))):
        (answer,) = talk(hardened, *pieces, pause=0.002)
        assert answer.status == 200
        assert len(answer.json()["predictions"]) == 1


def test_requests_of_different_clients_on_one_connection_are_answered_in_their_order(hardened):
    closing = ("Connection: close", "HTTP/1.0")
    keeping = [client for client in CLIENTS.values() if not any(words in client.head for words in closing)]
    requests = [client.request(BODY) for client in keeping]

    answers = talk(hardened, b"".join(requests), answers=len(requests))

    assert [answer.status for answer in answers] == [200] * len(requests)


def test_http2_without_an_upgrade_is_refused_in_http1(hardened):
    (answer,) = talk(hardened, HTTP2_WITH_PRIOR_KNOWLEDGE, answers=2)

    assert answer.status == 505
    assert "HTTP/1.1" in answer.json()["message"]


@pytest.mark.parametrize("name", ["Java, HttpClient", "curl --http2"])
def test_mlflows_own_server_loses_the_body_of_a_request_that_offers_an_upgrade(stock, name):
    """SECURITY.md states it; with another uvicorn that reads the body, change the table."""
    (answer,) = talk(stock, CLIENTS[name].request(BODY))

    assert answer.status == 400
