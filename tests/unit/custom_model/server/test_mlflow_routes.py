"""MLflow's own app behind the server, and what is replaced of its answers."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from custom_model import mlflow_internals
from custom_model.server.mlflow_routes import answer_of_mlflow

OWN = [(b"x-model-version", b"m/1")]


def fail(request):
    raise ValueError("S3" + "CRET")


STARLETTE = Starlette(routes=[Route("/fails", fail), Route("/works", lambda request: PlainTextResponse("yes"))])


def ask(app, path: str, **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the answer to a GET."""
    sent: list[dict] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", 5001),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(answer_of_mlflow(app, scope, receive, OWN, send))
    start, *bodies = sent
    return start["status"], dict(start["headers"]), b"".join(message.get("body", b"") for message in bodies)


def test_an_answer_of_mlflow_has_the_servers_headers():
    status, headers, body = ask(STARLETTE, "/works")

    assert (status, body) == (200, b"yes")
    assert headers[b"x-model-version"] == b"m/1"


def test_a_fault_of_mlflows_app_has_the_servers_form_and_its_text_is_not_logged(caplog):
    status, headers, body = ask(STARLETTE, "/fails")

    assert status == 500
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-model-version"] == b"m/1"
    assert json.loads(body)["incident_id"] in caplog.text
    assert "S3CRET" not in caplog.text


def test_a_fault_before_any_answer_has_the_same_form():
    async def app(scope, receive, send):
        raise KeyError("x")

    status, _, body = ask(app, "/")

    assert (status, json.loads(body)["error_code"]) == (500, "INTERNAL_ERROR")


@pytest.mark.parametrize("path", ["/ping/", "/invocations/", "//ping"])
def test_mlflows_app_does_not_redirect_to_the_callers_host(path):
    metadata = SimpleNamespace(get_input_schema=lambda: None)
    app = mlflow_internals.scoring_app(SimpleNamespace(metadata=metadata))

    status, headers, body = ask(app, path, Host="elsewhere.example")

    assert (status, json.loads(body)["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert b"location" not in headers
    assert ask(app, "/ping")[0] == 200
