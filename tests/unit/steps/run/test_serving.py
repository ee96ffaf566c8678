"""Starting a server: the wait ends with the process, and a failure quotes its last output."""

import sys

import pytest
import requests

from steps.run import serving
from steps.run.console import UserError
from steps.run.serving import running_server

SLOW = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    pings = 0

    def do_GET(self):
        Handler.pings += 1
        if Handler.pings == 1:
            time.sleep(1)
        self.send_response(503 if Handler.pings == 2 else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


def test_a_server_that_is_slow_to_answer_its_first_ping_is_waited_for(monkeypatch):
    monkeypatch.setattr(serving, "PING_TIMEOUT", 0.2)

    with running_server([sys.executable, "-c", SLOW]) as url:
        assert requests.get(f"{url}/ping", timeout=30).status_code == 200

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/ping", timeout=30)


def test_a_server_that_ends_at_once_is_an_error_with_its_last_output():
    with (
        pytest.raises(UserError, match="the server did not start; its last output: no model there"),
        running_server([sys.executable, "-c", "import sys; sys.exit('no model there')"]),
    ):
        pass
