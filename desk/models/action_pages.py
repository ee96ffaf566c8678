"""An action of a risk officer: the page that asks, the command that acts, the page that follows it."""

import os
from collections.abc import Mapping
from typing import Any

import mlflow
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.access.people import Person, Right, demand
from desk.forms import read_form
from desk.models.confirmations import confirmations_of, ticket
from desk.models.orders import JUDGE, Confirmation, Kind, Reason, command
from desk.models.processes import Actions, Order
from desk.models.standing import Model, read_model
from desk.models.verdict import verdict
from desk.models.version import named_version
from desk.page import page
from desk.problems import Problem
from desk.registry_patience import of_commands
from steps.ledger.actor import ACTING_FOR
from steps.run.console import UserError
from steps.run.names import checked_reason
from steps.run.settings import PROJECT


def confirm(request: Request) -> Response:
    """Ask before an action, on a page of its own."""
    demand(request, Right.govern)
    model, number = named_version(request)
    return _asked(request, _possible(request, model, number), {}, {})


async def take(request: Request) -> Response:
    """Start what was confirmed, and go to the page that follows it."""
    person = demand(request, Right.govern)
    return await run_in_threadpool(_taken, request, person, await read_form(request))


def action(request: Request) -> Response:
    """The action under way, or what came of the last one."""
    demand(request, Right.govern)
    return page(request, "models/action.html.j2", **_followed(request))


def progress(request: Request) -> Response:
    """The part of that page that changes."""
    demand(request, Right.govern)
    return page(request, "models/progress.html.j2", **_followed(request))


def _taken(request: Request, person: Person, form: Mapping[str, str]) -> Response:
    model, number = named_version(request)
    asked = _possible(request, model, number)
    wrong = _wrong(asked, form)
    if wrong:
        return _asked(request, asked, wrong, form)
    reason, data = form.get("reason", "").strip(), dict(asked.data) or {"data": form.get("data", "")}
    judges_only = asked.kind is Kind.promote and JUDGE in form
    arguments = command(asked.kind, model.name, number, reason, data, judges_only)
    kind = JUDGE if judges_only else asked.kind.value
    actions: Actions = request.app.state.actions
    order = Order(kind, number, person.name, arguments, _environment(request, person))
    actions.take(order, form.get("ticket", ""))
    return RedirectResponse("/models/action", 303)


def _possible(request: Request, model: Model, number: str) -> Confirmation:
    """What the path asks for; raises `Problem` where that cannot be done with this version as it stands."""
    kind = request.path_params["kind"]
    if kind not in set(Kind):
        raise Problem("problem.not_found", 404)
    for each in confirmations_of(request, model, number, Kind(kind)):
        return each
    raise Problem("models.impossible", 409, version=number, action=f"models.kind.{kind}")


def _wrong(asked: Confirmation, form: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a form, by field: keys of the catalogue."""
    wrong = {}
    if asked.barred is not None:
        wrong["form"] = asked.barred.key
    elif form.get("champion", "") != asked.champion:
        wrong["form"] = "models.wrong.champion"
    elif not form.get("ticket", ""):
        wrong["form"] = "models.wrong.form"
    if asked.reason is Reason.required or form.get("reason", "").strip():
        try:
            checked_reason("reason", form.get("reason", ""))
        except UserError:
            wrong["reason"] = "models.wrong.reason"
    if asked.asks_data and not os.path.exists(form.get("data", "")):  # unlike Path.exists, false for any text
        wrong["data"] = "models.wrong.data"
    return wrong


def _asked(request: Request, asked: Confirmation, wrong: dict[str, str], form: Mapping[str, str]) -> Response:
    return page(
        request,
        "models/confirm.html.j2",
        422 if wrong else 200,
        confirmation=asked,
        ticket=ticket,
        wrong=wrong,
        entered={name: form[name] for name in ("reason", "data") if name in form},
    )


def _environment(request: Request, person: Person) -> dict[str, str]:
    """The variables of the command: the registry of the desk, its code, and whom it acts for."""
    is_proxied = request.app.state.settings.proxy_token is not None
    return {
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "PYTHONUNBUFFERED": "1",
        "DESK_PROXY_TOKEN": "",
        **of_commands(),
        **({ACTING_FOR: person.name} if is_proxied else {}),
    }


def _followed(request: Request) -> dict[str, Any]:
    actions: Actions = request.app.state.actions
    last = actions.last
    if last is None:
        return {"action": None, "verdict": None}
    status = last.status
    found = None
    if status is not None:
        model = read_model(request.app.state.settings.model_name)
        found = verdict(last.order.kind, last.order.version, status, last.since, model.readable, model.name)
    return {"action": last, "verdict": found}
