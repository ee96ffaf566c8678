"""What a caller may ask for beside the applications: `params` of a request.

MLflow filters a request's params by the model's signature before it calls predict: names it does not
know vanish, and a value of another type is answered with the whole request in the body. The contract
refuses both by name, so for this model's own params MLflow's filter has to let through what was sent.
"""

from dataclasses import dataclass
from functools import wraps

from mlflow import pyfunc

from custom_model.applications import kind
from custom_model.errors import Problem, shortened

REASONS = ("refused", "all", "none")


@dataclass(frozen=True, slots=True)
class RequestParams:
    """`threshold` overrides the policy for this request; `reasons` says which decisions to explain."""

    threshold: float | None = None
    reasons: str = "refused"


NAMES = frozenset({"threshold", "reasons"})


def judge_params(sent: object) -> tuple[RequestParams, list[Problem]]:
    """A request's params, None where there were none, as `RequestParams`, and every problem with them."""
    if sent is None:
        return RequestParams(), []
    if not isinstance(sent, dict):
        return RequestParams(), [Problem(None, "params", f"expected an object, got {kind(sent)}")]
    problems = [
        Problem(None, f"params.{shortened(name)}", f"unknown param: there are {', '.join(sorted(NAMES))}")
        for name in sent
        if name not in NAMES
    ]
    if "threshold" in sent and not _is_threshold(sent["threshold"]):
        problems.append(Problem(None, "params.threshold", "expected a number greater than 0 and less than 1"))
    if "reasons" in sent and sent["reasons"] not in REASONS:
        problems.append(Problem(None, "params.reasons", f"expected one of {', '.join(REASONS)}"))
    return (RequestParams(), problems) if problems else (RequestParams(**sent), [])


def _is_threshold(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1


def receive_params_unfiltered() -> None:
    """Let params reach predict as they were sent, for models whose signature has exactly our params.

    MLflow 3.17 offers no hook for this; the model's requirements pin the version, and the tests of
    bad requests against a real server fail if the function is no longer the one that filters.
    """
    enforce = pyfunc._enforce_params_schema
    if getattr(enforce, "lets_ours_through", False):
        return

    @wraps(enforce)
    def filtered_unless_ours(params, schema):
        if schema is not None and {spec.name for spec in schema} == NAMES:
            return params
        return enforce(params, schema)

    filtered_unless_ours.lets_ours_through = True
    pyfunc._enforce_params_schema = filtered_unless_ours
