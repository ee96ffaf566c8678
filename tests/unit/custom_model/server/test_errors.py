"""Errors before the model is called: status and body, and nothing of the request."""

import json

import pytest

from custom_model.errors import RequestError
from custom_model.server.errors import Disconnected, TooLarge, TooSlow, WrongMediaType


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            TooLarge("too many applications in one request", 1000),
            413,
            {
                "error_code": "REQUEST_LIMIT_EXCEEDED",
                "message": "too many applications in one request: the limit is 1000",
                "limit": 1000,
            },
        ),
        (TooSlow(10.0), 408, {"error_code": "BAD_REQUEST", "message": "the body did not arrive within 10 s"}),
        (
            WrongMediaType(),
            415,
            {
                "error_code": "BAD_REQUEST",
                "message": "expected Content-Type application/json in UTF-8, or application/vnd.apache.parquet, "
                "without parameters",
            },
        ),
    ],
    ids=["too large", "too slow", "wrong media type"],
)
def test_each_error_has_its_status_and_its_body(error, status, body):
    assert error.get_http_status_code() == status
    assert json.loads(error.serialize_as_json()) == body


def test_a_client_that_has_gone_gets_no_answer():
    assert not issubclass(Disconnected, RequestError)
