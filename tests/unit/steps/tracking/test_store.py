"""A tracking server that answers, and still cannot be used, is told in seconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from steps.run.console import UserError
from steps.tracking import store
from steps.tracking.store import open_store


@contextmanager
def answering(status: int, asked: list[str]) -> Iterator[str]:
    """The address of a server whose own page is there, and whose API answers each request with the status."""

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"\x1b[31m<h1>no database</h1>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # seconds in which it sees its end
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_answers_with_an_error_of_its_own_is_told_with_its_status(status, monkeypatch):
    monkeypatch.setattr(store.time, "sleep", lambda seconds: None)
    asked: list[str] = []

    with answering(status, asked) as uri, pytest.raises(UserError) as error:
        open_store(uri)

    assert str(error.value) == (
        f"MLflow's tracking server {uri} answers with status {status}: look into its own log, or correct "
        "MLFLOW_TRACKING_URI"
    )
    assert len(asked) == store.ATTEMPTS


@pytest.mark.parametrize("status", [200, 401, 403, 404])
def test_a_server_that_answers_or_asks_for_a_login_is_reached_at_once(status):
    asked: list[str] = []

    with answering(status, asked) as uri:
        open_store(f"{uri}/")

    assert asked == [store.PROBE]
