"""Errors before the model is called: status and body, and nothing of the request."""

import json

import pytest

from custom_model.errors import RequestError
from custom_model.server.errors import (
    Disconnected,
    HeadTooLarge,
    Malformed,
    TooLarge,
    TooSlow,
    UrlTooLong,
    WrongMediaType,
    WrongVersion,
)


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
            TooSlow(10.0, "URL and headers"),
            408,
            {"error_code": "BAD_REQUEST", "message": "the URL and headers did not arrive within 10 s"},
        ),
        (
            UrlTooLong(65536),
            414,
            {
                "error_code": "REQUEST_LIMIT_EXCEEDED",
                "message": "the URL has too many bytes: the limit is 65536",
                "limit": 65536,
            },
        ),
        (
            HeadTooLarge("headers", 100),
            431,
            {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "too many headers: the limit is 100", "limit": 100},
        ),
        (
            Malformed("Invalid method encountered"),
            400,
            {
                "error_code": "BAD_REQUEST",
                "message": "the request is not HTTP/1.1 that can be read: Invalid method encountered",
            },
        ),
        (WrongVersion(), 505, {"error_code": "BAD_REQUEST", "message": "this server speaks HTTP/1.1 and HTTP/1.0"}),
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
    ids=["large", "slow", "slow head", "long URL", "large head", "malformed", "version", "media type"],
)
def test_each_error_has_its_status_and_its_body(error, status, body):
    assert error.get_http_status_code() == status
    assert json.loads(error.serialize_as_json()) == body


def test_a_client_that_has_gone_gets_no_answer():
    assert not issubclass(Disconnected, RequestError)
