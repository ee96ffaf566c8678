"""What the hardened server adds: limits, readiness, metrics, headers, and an end in which nothing is lost."""

import json
import os
import signal
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from steps.serving import hardened as hardened_server

pytestmark = pytest.mark.slow

GOOD = {"SK_ID_CURR": 100002, "AMT_CREDIT": 406597.5, "AMT_INCOME_TOTAL": 202500.0, "DAYS_BIRTH": -9461}
ONE = json.dumps({"inputs": [GOOD]}).encode()


@pytest.fixture(scope="module")
def small(champion):
    """The URL of a server with two workers and narrow limits."""
    limits = {"MAX_BODY_BYTES": "200000", "MAX_ROWS": "300", "MAX_REQUESTS": "2", "BODY_SECONDS": "0.5"}
    with hardened_server(champion.uri, workers=2, DECISION_LOG_URI="", **limits) as url:
        yield url


def post(server, body=ONE, **headers):
    headers = {"Content-Type": "application/json", **headers}
    return requests.post(f"{server}/invocations", data=body, headers=headers, timeout=60)


def talk(server, *pieces, wait=0.0):
    """What comes back on a bare connection for these bytes, until the server closes it or is done."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = connection.recv(65536)
        while b"\r\n\r\n" in answer and not answer.rstrip().endswith(b"}"):
            answer += connection.recv(65536)
        return int(answer.split(b" ", 2)[1]), json.loads(answer.partition(b"\r\n\r\n")[2])


HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_over_the_limit_is_refused_before_it_is_sent(small):
    status, told = talk(small, HEAD + b"Content-Length: 200001\r\nExpect: 100-continue\r\n\r\n")

    assert status == 413
    assert told["limit"] == 200000
    assert "200000" in told["message"]


def test_a_body_in_chunks_is_refused_where_it_passes_the_limit(small):
    chunk = b"20000\r\n" + b" " * 0x20000 + b"\r\n"

    status, told = talk(small, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, chunk)

    assert (status, told["limit"]) == (413, 200000)


def test_a_body_in_chunks_within_the_limit_is_decided_about(small):
    answer = post(small, iter([ONE[:20], ONE[20:]]))

    assert answer.status_code == 200


def test_too_many_applications_are_refused_with_the_limit(small):
    assert post(small, json.dumps({"inputs": [{}] * 300}).encode()).status_code == 400
    for form in ({"inputs": [{}] * 301}, {"dataframe_split": {"columns": [], "data": [[]] * 301}}):
        answer = post(small, json.dumps(form).encode())
        assert (answer.status_code, answer.json()["limit"]) == (413, 300)


def test_a_body_that_does_not_arrive_is_not_waited_for(small):
    status, _ = talk(small, HEAD + b"Content-Length: 100\r\n\r\n{")

    assert status == 408


def test_beyond_the_queue_a_request_is_refused_at_once_and_the_others_are_answered(champion):
    with hardened_server(champion.uri, MAX_REQUESTS="2") as server:
        slow = json.dumps({"inputs": [GOOD] * 1000, "params": {"reasons": "all"}}).encode()
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(lambda _: post(server, slow), range(16)))

        refused = [answer for answer in answers if answer.status_code == 503]
        assert {answer.status_code for answer in answers} == {200, 503}
        assert all(answer.headers["retry-after"] == str(answer.json()["retry_after"]) for answer in refused)
        assert all("predictions" not in answer.text for answer in refused)
        assert all(len(answer.json()["predictions"]) == 1000 for answer in answers if answer.status_code == 200)
        assert post(server).status_code == 200  # it recovers by itself


def test_all_bodies_together_are_bounded(champion):
    with hardened_server(champion.uri, MAX_HELD_BYTES="1024", MAX_BODY_BYTES="4096") as server:
        assert post(server, ONE + b" " * 1024).status_code == 503
        assert post(server).status_code == 200


def test_every_answer_names_the_model_and_the_request(hardened, champion):
    own = requests.get(f"{hardened}/ping", headers={"X-Request-ID": "order-66.a_b"}, timeout=10)
    hostile = requests.get(f"{hardened}/ping", headers={"X-Request-ID": "a b<script>"}, timeout=10)
    bad = post(hardened, b"{")

    assert own.headers["x-request-id"] == "order-66.a_b"
    assert uuid.UUID(hostile.headers["x-request-id"]).version == 7
    assert uuid.UUID(bad.headers["x-request-id"]).version == 7
    for answer in (own, hostile, bad):
        assert answer.headers["x-model-version"] == f"{champion.model_name}/{champion.version}"
        assert "server" not in answer.headers


def test_the_documentation_is_closed_unless_asked_for(hardened, small):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert requests.get(small + path, timeout=10).status_code == 404
        assert requests.get(hardened + path, timeout=10).status_code == 200


def test_the_figures_are_those_of_all_workers_together(champion):
    with hardened_server(champion.uri, workers=2) as server:
        answers = [post(server) for _ in range(40)] + [post(server, b"{") for _ in range(10)]
        figures = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(requests.get(f"{server}/metrics", timeout=10).text)
            for sample in family.samples
        }

    assert [answer.status_code for answer in answers] == 40 * [200] + 10 * [400]
    assert figures["credit_scoring_requests_total", "200"] == 40
    assert figures["credit_scoring_requests_total", "400"] == 10
    assert figures["credit_scoring_request_seconds_count",] == 50
    assert figures["credit_scoring_request_seconds_bucket", "+Inf"] == 50
    given = [answer.json()["predictions"][0]["decision"] for answer in answers[:40]]
    for decision in set(given):
        assert figures["credit_scoring_decisions_total", decision] == given.count(decision)


def test_it_is_ready_when_the_log_can_be_written_and_only_then(champion, tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    with hardened_server(champion.uri, DECISION_LOG_URI=f"sqlite:///{folder / 'decisions.db'}") as server:
        ready = requests.get(f"{server}/ready", timeout=10)
        recorded = post(server).json()["predictions"][0]["recorded"]
    with hardened_server(champion.uri, DECISION_LOG_URI=f"sqlite:///{tmp_path / 'no folder' / 'x.db'}") as server:
        down = requests.get(f"{server}/ready", timeout=10)
        withheld = post(server)
        alive = requests.get(f"{server}/ping", timeout=10)

    assert (ready.status_code, ready.json()["ready"], ready.json()["stores"]) == (200, True, {"decision_log": True})
    assert recorded is True
    assert (down.status_code, down.json()["ready"], down.json()["stores"]) == (503, False, {"decision_log": False})
    assert withheld.status_code == 503
    assert withheld.headers["retry-after"] == str(withheld.json()["retry_after"])
    assert alive.status_code == 200


def test_a_model_that_cannot_be_loaded_ends_the_server_with_a_word(champion, tmp_path):
    pytest.importorskip("mlflow")
