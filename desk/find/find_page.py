"""The page that finds decisions: by id, by client, or the latest ones."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from custom_model.decision_log.reader import Row
from desk.access.people import Person, Right, demand
from desk.decision_log import decision_log
from desk.find.listing import MOST, listing
from desk.find.readers import reader_of
from desk.find.search import Search, decision_id
from desk.forms import read_form
from desk.looks import LOOKS, look
from desk.page import page


def latest(request: Request) -> Response:
    """The latest decisions under the conditions of a link, which names no client."""
    person = reader_of(request)
    given = {name: value for name, value in request.query_params.items() if name != "client"}
    return _found(request, person, Search.of(given))


async def search(request: Request) -> Response:
    """What a form looks for: the decision's own page, or a list."""
    person = reader_of(request)
    wanted = Search.of(await read_form(request))
    if wanted.client:
        demand(request, Right.personal_data)
    return await run_in_threadpool(_found, request, person, wanted)


def _found(request: Request, person: Person, wanted: Search) -> Response:
    if wanted.wrong:
        return page(request, "find/find.html.j2", 400, search=wanted, found=None, looks=(), unknown=False, most=MOST)
    with decision_log(request.app.state.settings) as log:
        identity = decision_id(wanted.decision)
        if identity is not None and log.find(identity) is not None:
            return RedirectResponse(f"/find/decision/{identity}", 303)
        if identity is not None:
            return page(request, "find/find.html.j2", 404, search=wanted, found=None, looks=(), unknown=True, most=MOST)
        looks: Sequence[Row] = ()
        if wanted.client:
            look(log, person, "client", None, wanted.client)
            looks = log.looks_at_client(wanted.client, LOOKS)
        found = listing(log, wanted.condition(request.app.state.settings.model_name))
    return page(request, "find/find.html.j2", search=wanted, found=found, looks=looks, unknown=False, most=MOST)
