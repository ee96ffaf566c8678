"""What the server answers before the model is asked; each body is JSON, and none repeats what was sent."""

from mlflow.protos.databricks_pb2 import BAD_REQUEST, REQUEST_LIMIT_EXCEEDED

from custom_model.errors import Refusal

JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"


class TooLarge(Refusal):
    """More than the server takes in one request (HTTP 413); `limit` says how much it takes."""

    status = 413

    def __init__(self, what: str, limit: int):
        super().__init__(f"{what}: the limit is {limit}", REQUEST_LIMIT_EXCEEDED, limit=limit)


class TooSlow(Refusal):
    """The body did not arrive in time (HTTP 408)."""

    status = 408

    def __init__(self, seconds: float):
        super().__init__(f"the body did not arrive within {seconds:g} s", BAD_REQUEST)


class WrongMediaType(Refusal):
    """A body of a kind that the server does not read (HTTP 415)."""

    status = 415

    def __init__(self):
        super().__init__(f"expected Content-Type {JSON} in UTF-8, or {PARQUET}, without parameters", BAD_REQUEST)


class Disconnected(Exception):
    """The client went away before its request was whole; nobody is left to answer."""
