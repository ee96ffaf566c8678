"""GET /models/ledger: who changed the champion, when and why; each record whole on a page of its own."""

import json

from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.models.checks import check_rows
from desk.page import page
from desk.problems import Problem
from steps.ledger.chain import problems
from steps.ledger.records import filed
from steps.registry.names import VERSION
from steps.registry.versions import registry_errors


def ledger(request: Request) -> Response:
    """All records, newest first, and whether the chain is whole."""
    demand(request, Right.figures)
    name = request.app.state.settings.model_name
    with registry_errors(f"read the ledger of {name}", "the page shows nothing of it"):
        records = list(filed(name))
        wrong = list(problems(name, records)) if records else []
    return page(request, "models/ledger.html.j2", records=records, wrong=wrong, check_rows=check_rows)


def record(request: Request) -> Response:
    """One record whole; as it stands where it was changed."""
    demand(request, Right.figures)
    number, name = request.path_params["number"], request.app.state.settings.model_name
    if not VERSION.fullmatch(number):
        raise Problem("problem.not_found", 404)
    with registry_errors(f"read the ledger of {name}", "the page shows nothing of it"):
        found = next((each for each in filed(name) if each.number == int(number)), None)
    if found is None:
        raise Problem("models.no_record", 404, number=number)
    entry = found.record
    return page(
        request,
        "models/record.html.j2",
        filed=found,
        record=entry,
        checks=check_rows(entry.checks if entry else ()),
        whole=found.text if entry is None else json.dumps(entry.model_dump(mode="json"), indent=2, ensure_ascii=False),
    )
