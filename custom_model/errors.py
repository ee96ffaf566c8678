"""The errors that answer a request in place of decisions.

MLflow's scoring server takes an answer's body and status from the exception's `serialize_as_json` and
`get_http_status_code`. Overriding both keeps out MLflow's own additions, which repeat the request.
"""

import json
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE

# Characters; field names come from the caller too, and a longer one is cut so that a problem stays readable.
MAX_NAME_LENGTH = 100
MAX_PROBLEMS = 1_000  # of one request; 1,000 rows with a problem in every field would make 60 MB


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of the contract, without any value of the request.

    `row` counts from 0 and is None for a problem of the whole request; `field` is None for one of a whole row.
    """

    row: int | None
    field: str | None
    problem: str


def shorten(name: object) -> str:
    """A field's name for a problem, cut to `MAX_NAME_LENGTH` characters."""
    text = str(name)
    return text if len(text) <= MAX_NAME_LENGTH else text[:MAX_NAME_LENGTH] + "..."


def first_problems(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, of more than `MAX_PROBLEMS` one more than that: `BadRequest` then says that there are more."""
    return list(islice(problems, MAX_PROBLEMS + 1))


def trace(error: BaseException) -> str:
    """An error's type and stack for a log, without its text, which may repeat the request or a secret."""
    return f"{type(error).__name__} at\n{''.join(traceback.format_tb(error.__traceback__))}"


def place(error: BaseException) -> str:
    """An error's type and the line that raised it: what is the same whenever a fault occurs again."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__


class RequestError(MlflowException):
    """Base of the errors that answer a request: an HTTP status and a JSON body."""

    status = 500

    def __init__(self, message: str, error_code: int, **details: object):
        super().__init__(message, error_code=error_code)
        self.body = {"error_code": self.error_code, "message": message, **details}

    def serialize_as_json(self) -> str:
        return json.dumps(self.body)

    def get_http_status_code(self) -> int:
        return self.status


class BadRequest(RequestError):
    """A request that breaks the contract (HTTP 400); `problems` lists every breach, or the first `MAX_PROBLEMS`."""

    status = 400

    def __init__(self, problems: list[Problem]):
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        if len(problems) > MAX_PROBLEMS:
            count = f"more than {MAX_PROBLEMS} problems"
        first = problems[0]
        location = " ".join(
            part
            for part in (
                "" if first.row is None else f"row {first.row}",
                "" if first.field is None else f"field {first.field}",
            )
            if part
        )
        super().__init__(
            f"{count} in the request; first: {location + ': ' if location else ''}{first.problem}",
            BAD_REQUEST,
            problems=[asdict(problem) for problem in problems[:MAX_PROBLEMS]],
        )


class Fault(RequestError):
    """A fault of the server (HTTP 500); the log has its trace under `incident_id`."""

    def __init__(self, incident_id: str):
        super().__init__(
            "The decision could not be made because of a fault on our side; quote the incident id.",
            INTERNAL_ERROR,
            incident_id=incident_id,
        )


class Unavailable(RequestError):
    """A dependency is down or the server is busy (HTTP 503): all decisions of the request are withheld.

    `cause` has no hosts or values. `retry_after` is in whole seconds, as in the header.
    """

    status = 503

    def __init__(self, cause: str, retry_after: int = 1):
        super().__init__(
            f"{cause}: the decision is withheld; send the request again in {retry_after} s",
            TEMPORARILY_UNAVAILABLE,
            retry_after=retry_after,
        )
        self.retry_after = retry_after
