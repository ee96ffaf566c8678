"""What the version served now says about the fields of a decision on record: a simulation, which decides nothing."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from custom_model.decisions import Decision
from desk.access.people import Right, demand
from desk.decision_server import DecisionServer, Refusal, Rejected
from desk.find.decision_page import decision_page, past_decision, version_of
from desk.find.past_decision import PastDecision, fields_without
from desk.looks import records
from desk.problems import Problem
from desk.served import served_version

PARAMS = {"simulate": True, "reasons": "all"}
WITHOUT_HISTORY = {**PARAMS, "history": "none"}


@dataclass(frozen=True)
class Again:
    """The answer of the version served now, or the problems of the request under its contract."""

    decision: Decision | None
    problems: list[Refusal]


def decide_again(request: Request) -> Response:
    """The page of a decision with the answer of the version served now beside it."""
    person = demand(request, Right.personal_data)
    server: DecisionServer = request.app.state.server
    with records(request.app.state.settings) as log:
        past = past_decision(request, log)
        if past.is_erased:
            raise Problem("find.erased_again", 409)
        return decision_page(request, person, log, past, again=simulated(server, past, id_field_of(past, server)))


def simulated(server: DecisionServer, past: PastDecision, id_field: str) -> Again:
    """What the server says about the same fields, history included; without the id, so that it asks no store."""
    request: dict[str, Any] = fields_without(past.request, id_field)
    params = WITHOUT_HISTORY if past.record["history"] == "none" else PARAMS
    try:
        return Again(server.decide(request, params), [])
    except Rejected as error:
        return Again(None, error.problems)


def id_field_of(past: PastDecision, server: DecisionServer) -> str:
    """The name of the client's id in the request, by the version that decided or, where that is gone, the one served."""
    return (version_of(past) or served_version(server)).contract.id
