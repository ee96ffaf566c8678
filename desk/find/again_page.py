"""The page of a decision on record, with what the version served now says beside it."""

from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.decision_log import decision_log
from desk.decision_server import DecisionServer
from desk.find.again import simulated
from desk.find.decision_page import deciding_version, decision_page, past_decision
from desk.problems import Problem
from desk.served import served_version


def decide_again(request: Request) -> Response:
    """Ask the version served now about the same fields."""
    person = demand(request, Right.personal_data)
    server: DecisionServer = request.app.state.server
    with decision_log(request.app.state.settings) as log:
        past = past_decision(request, log)
        if past.is_erased:
            raise Problem("find.erased_again", 409)
        version = deciding_version(past) or served_version(server)  # whose contract names the client's id
        return decision_page(request, person, log, past, again=simulated(server, past, version.contract.id))
