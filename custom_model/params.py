"""A request's `params`: its own threshold, which decisions to explain and how, what missing history means, and whether
to simulate.

MLflow filters params by the model's signature before it calls predict; `mlflow_internals` turns that off for
this model's own params, so that wrong ones are rejected by name here.
"""

from dataclasses import dataclass
from typing import Literal

from custom_model.applications import kind
from custom_model.errors import Problem, first_problems, shorten

REASONS = ("refused", "all", "none")
HISTORY = ("sent", "none")
ALTERNATIVES = ("none", "refused")
EXPLANATION = ("none", "topics")
FORBIDDEN = "not allowed: the policy's costs alone set the threshold of a decision; params.simulate tries another"
WITHOUT_MOVES = "not offered: the policy of this model names no field of the loan that may move"


@dataclass(frozen=True, slots=True)
class RequestParams:
    """The params of one request.

    Attributes
    ----------
    threshold : float or None
        Replaces the policy's for this request.
    reasons : {"refused", "all", "none"}
        Decisions to explain; "refused" includes those referred.
    history : {"sent", "none"}
        "none" declares all history that the request lacks: the lender asked, and these clients have none.
    simulate : bool
        Whether to answer without deciding: nothing is recorded, and applications may lack any field.
    alternatives : {"none", "refused"}
        Decisions for which a change of the loan that would be granted is looked for.
    explanation : {"none", "topics"}
        Whether each decision has the contributions of all topics, which add up to its log-odds.
    """

    threshold: float | None = None
    reasons: str = "refused"
    history: str = "sent"
    simulate: bool = False
    alternatives: str = "none"
    explanation: str = "none"


NAMES = frozenset({"threshold", "reasons", "history", "simulate", "alternatives", "explanation"})


def validate_params(
    params: object,
    request_threshold: Literal["simulate", "allow", "forbid"] = "simulate",
    has_alternatives: bool = False,
) -> tuple[RequestParams, list[Problem]]:
    """Validate a request's params under the policy's `request_threshold`.

    Parameters
    ----------
    params : dict or None
        None where absent; anything else is a problem.
    request_threshold : {"simulate", "allow", "forbid"}
        Whether a threshold makes the request a simulation, decides on record, or is a problem outside a simulation.
    has_alternatives : bool
        Whether the policy lets any field of the loan move; without one, asking for alternatives is a problem.

    Returns
    -------
    RequestParams
        With any problem the defaults, but for `simulate`: a simulation has no problems of missing fields besides.
    list of Problem
        Every problem, without values; the first ones of too many.
    """
    if params is None:
        return RequestParams(), []
    if not isinstance(params, dict):
        return RequestParams(), [Problem(None, "params", f"expected an object, got {kind(params)}")]
    problems = first_problems(
        Problem(None, f"params.{shorten(name)}", f"unknown param: expected one of {', '.join(sorted(NAMES))}")
        for name in params
        if name not in NAMES
    )
    if "threshold" in params and not _is_threshold(params["threshold"]):
        problems.append(Problem(None, "params.threshold", "expected a number greater than 0 and less than 1"))
    elif "threshold" in params and request_threshold == "forbid" and params.get("simulate") is not True:
        problems.append(Problem(None, "params.threshold", FORBIDDEN))
    if "reasons" in params and params["reasons"] not in REASONS:
        problems.append(Problem(None, "params.reasons", f"expected one of {', '.join(REASONS)}"))
    if "history" in params and params["history"] not in HISTORY:
        problems.append(Problem(None, "params.history", f"expected one of {', '.join(HISTORY)}"))
    if "alternatives" in params and params["alternatives"] not in ALTERNATIVES:
        problems.append(Problem(None, "params.alternatives", f"expected one of {', '.join(ALTERNATIVES)}"))
    elif params.get("alternatives") == "refused" and not has_alternatives:
        problems.append(Problem(None, "params.alternatives", WITHOUT_MOVES))
    if "explanation" in params and params["explanation"] not in EXPLANATION:
        problems.append(Problem(None, "params.explanation", f"expected one of {', '.join(EXPLANATION)}"))
    if "simulate" in params and not isinstance(params["simulate"], bool):
        problems.append(Problem(None, "params.simulate", "expected true or false"))
    if problems:
        return RequestParams(simulate=params.get("simulate") is True), problems
    is_simulation = params.get("simulate", False) or ("threshold" in params and request_threshold == "simulate")
    return RequestParams(**{**params, "simulate": is_simulation}), []


def _is_threshold(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
