"""Errors of the server before the model is called; bodies are JSON and repeat no value of the request."""

from mlflow.protos.databricks_pb2 import BAD_REQUEST, ENDPOINT_NOT_FOUND, REQUEST_LIMIT_EXCEEDED

from custom_model.errors import RequestError
from custom_model.server.media_types import JSON, PARQUET


class TooLarge(RequestError):
    """More bytes or applications than one request may have (HTTP 413); the body has the `limit`."""

    status = 413

    def __init__(self, cause: str, limit: int):
        super().__init__(f"{cause}: the limit is {limit}", REQUEST_LIMIT_EXCEEDED, limit=limit)


class TooSlow(RequestError):
    """The body, or the URL and headers, did not arrive in time (HTTP 408)."""

    status = 408

    def __init__(self, seconds: float, what: str = "body"):
        super().__init__(f"the {what} did not arrive within {seconds:g} s", BAD_REQUEST)


class UrlTooLong(RequestError):
    """A URL over the limit of a head (HTTP 414); the body has the `limit`."""

    status = 414

    def __init__(self, limit: int):
        super().__init__(f"the URL has too many bytes: the limit is {limit}", REQUEST_LIMIT_EXCEEDED, limit=limit)


class HeadTooLarge(RequestError):
    """URL and headers, or a body's trailers, over the limit of a head (HTTP 431); the body has the `limit`."""

    status = 431

    def __init__(self, what: str, limit: int):
        super().__init__(f"too many {what}: the limit is {limit}", REQUEST_LIMIT_EXCEEDED, limit=limit)


class Malformed(RequestError):
    """Bytes that are no request in HTTP/1.1 (HTTP 400); the reason is the parser's, without any of the bytes."""

    status = 400

    def __init__(self, reason: str):
        super().__init__(f"the request is not HTTP/1.1 that can be read: {reason}", BAD_REQUEST)


class WrongVersion(RequestError):
    """A version of HTTP that the server does not speak (HTTP 505)."""

    status = 505

    def __init__(self):
        super().__init__("this server speaks HTTP/1.1 and HTTP/1.0", BAD_REQUEST)


class WrongMediaType(RequestError):
    """A media type that the server does not read (HTTP 415)."""

    status = 415

    def __init__(self):
        super().__init__(f"expected Content-Type {JSON} in UTF-8, or {PARQUET}, without parameters", BAD_REQUEST)


class WrongEncoding(RequestError):
    """A body that is compressed as a whole (HTTP 415): its size would be known only once it is unpacked."""

    status = 415

    def __init__(self):
        super().__init__("expected a body without Content-Encoding: send it uncompressed", BAD_REQUEST)


class UnknownPath(RequestError):
    """A path that the server does not have, or does not show (HTTP 404)."""

    status = 404

    def __init__(self):
        super().__init__("there is nothing here: decisions are at POST /invocations", ENDPOINT_NOT_FOUND)


class WrongMethod(RequestError):
    """A method that the path does not have (HTTP 405); the header Allow has the right one."""

    status = 405

    def __init__(self, expected: str):
        super().__init__(f"the method of this path is {expected}", BAD_REQUEST)


class Disconnected(Exception):
    """The client disconnected before its request was complete; there is nobody to answer."""
