"""The decision server's answers, of whatever program they are."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from desk.decision_server import DecisionServer, KeyUsed, Rejected
from desk.problems import Problem

Answering = Callable[[int, Any], tuple[DecisionServer, list[str]]]
DECISION = {
    "client_id": 1,
    "decision": "granted",
    "decision_id": "0",
    "probability_of_default": 0.1,
    "reasons": [],
    "recorded": True,
    "threshold": 0.2,
}


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A program that answers every request with a status and a body, and the paths that it was asked for."""
    started: list[HTTPServer] = []

    def start(status: int, body: Any) -> tuple[DecisionServer, list[str]]:
        paths: list[str] = []
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                paths.append(self.path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(status if self.path != "/elsewhere" else 200)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        started.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=started[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return DecisionServer(f"http://127.0.0.1:{started[-1].server_port}"), paths

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_clients_data_follow_no_redirection(answering, status):
    server, paths = answering(status, {"predictions": [DECISION]})

    with pytest.raises(Problem, match=r"server\.fault"):
        server.decide({"SK_ID_CURR": 1}, {})

    assert paths == ["/invocations"]


@pytest.mark.parametrize(
    "body",
    [b"<h1>It works</h1>", [], {}, {"predictions": []}, {"predictions": [1]}, {"predictions": [{}]}, b"[" * 100_000],
    ids=["page", "list", "nothing", "none", "number", "empty", "deep"],
)
def test_an_answer_without_the_decision_is_of_another_program(answering, body):
    server, _ = answering(200, body)

    with pytest.raises(Problem, match=r"server\.other"):
        server.decide({}, {})


@pytest.mark.parametrize(
    "body",
    [{}, {"model": 5}, {"model": None}, {"model": "m/1", "stores": None}, {"model": "m/1", "following": "champion"}],
)
def test_a_readiness_of_other_types_is_of_another_program(answering, body):
    server, _ = answering(200, body)

    with pytest.raises(Problem, match=r"server\.other"):
        server.readiness()


@pytest.mark.parametrize("body", [b"<h1>Bad request</h1>", {"problems": "all"}, {"problems": [{"x": 1}]}])
def test_a_refusal_that_names_nothing_is_one_problem(answering, body):
    server, _ = answering(400, body)

    with pytest.raises(Rejected) as rejected:
        server.decide({}, {})

    assert [each["field"] for each in rejected.value.problems] == [None]


def test_a_key_of_another_application_is_no_fault_of_the_server(answering):
    server, _ = answering(422, {"message": "this Idempotency-Key belongs to another request"})

    with pytest.raises(KeyUsed):
        server.decide({}, {}, "a-key")


def test_the_decision_is_handed_on_whole(answering):
    server, _ = answering(200, {"predictions": [{**DECISION, "score": 7}]})

    assert server.decide({}, {}) == {**DECISION, "score": 7}
