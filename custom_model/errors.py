"""What a caller is told when a request cannot be answered.

MLflow's scoring server takes the body and the status of an answer from the exception's
`serialize_as_json` and `get_http_status_code`. Overriding both keeps MLflow's own additions, which
repeat the request, out of the answer.
"""

import json
from dataclasses import asdict, dataclass

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE

# A field's name is the caller's text too: a longer one is cut, so that a problem stays readable.
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request; it never holds a value that was sent.

    `row` counts from 0, and is None where the problem is not in a row; `field` is None where it is
    not in a field.
    """

    row: int | None
    field: str | None
    problem: str


def shortened(name: object) -> str:
    """A field's name as it stands in a problem."""
    text = str(name)
    return text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "..."


class Refusal(MlflowException):
    """A request that gets an answer other than decisions; the base of the cases below."""

    status = 500

    def __init__(self, message: str, error_code: int, **details: object):
        super().__init__(message, error_code=error_code)
        self.body = {"error_code": self.error_code, "message": message, **details}

    def serialize_as_json(self) -> str:
        return json.dumps(self.body)

    def get_http_status_code(self) -> int:
        return self.status


class BadRequest(Refusal):
    """The request breaks the contract (HTTP 400); `problems` lists every breach."""

    status = 400

    def __init__(self, problems: list[Problem]):
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        first = problems[0]
        place = " ".join(
            part
            for part in (
                "" if first.row is None else f"row {first.row}",
                "" if first.field is None else f"field {first.field}",
            )
            if part
        )
        super().__init__(
            f"{count} in the request; first: {place + ': ' if place else ''}{first.problem}",
            BAD_REQUEST,
            problems=[asdict(problem) for problem in problems],
        )


class Fault(Refusal):
    """A fault of our own (HTTP 500): the trace is in the log, found by `incident_id`."""

    def __init__(self, incident_id: str):
        super().__init__(
            "The decision could not be made because of a fault on our side; quote the incident id.",
            INTERNAL_ERROR,
            incident_id=incident_id,
        )


class Unavailable(Refusal):
    """What a decision needs is not there for now (HTTP 503): all decisions of the request are withheld.

    `what` says what is missing, without a name of a host or a value. `retry_after` is in whole seconds,
    as the header of that name has it.
    """

    status = 503

    def __init__(self, what: str, retry_after: int = 1):
        super().__init__(
            f"{what}: the decision is withheld; send the request again in {retry_after} s",
            TEMPORARILY_UNAVAILABLE,
            retry_after=retry_after,
        )
        self.retry_after = retry_after
