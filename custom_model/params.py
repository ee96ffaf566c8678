"""A request's `params`: its own threshold, and which decisions to explain.

MLflow filters params by the model's signature before it calls predict; `mlflow_internals` turns that off for
this model's own params, so that wrong ones are rejected by name here.
"""

from dataclasses import dataclass

from custom_model.applications import kind
from custom_model.errors import Problem, shorten

REASONS = ("refused", "all", "none")


@dataclass(frozen=True, slots=True)
class RequestParams:
    """`threshold` overrides the policy's for this request; `reasons` selects the decisions to explain."""

    threshold: float | None = None
    reasons: str = "refused"


NAMES = frozenset({"threshold", "reasons"})


def validate_params(params: object) -> tuple[RequestParams, list[Problem]]:
    """Validate a request's params, None where absent; return them and every problem, the defaults with any."""
    if params is None:
        return RequestParams(), []
    if not isinstance(params, dict):
        return RequestParams(), [Problem(None, "params", f"expected an object, got {kind(params)}")]
    problems = [
        Problem(None, f"params.{shorten(name)}", f"unknown param: expected {' or '.join(sorted(NAMES))}")
        for name in params
        if name not in NAMES
    ]
    if "threshold" in params and not _is_threshold(params["threshold"]):
        problems.append(Problem(None, "params.threshold", "expected a number greater than 0 and less than 1"))
    if "reasons" in params and params["reasons"] not in REASONS:
        problems.append(Problem(None, "params.reasons", f"expected one of {', '.join(REASONS)}"))
    return (RequestParams(), problems) if problems else (RequestParams(**params), [])


def _is_threshold(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
