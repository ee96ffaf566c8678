"""GET /models/{version}: one version, what the gate found, its replays, its tags, and what can be done with it."""

from urllib.parse import quote

import mlflow
from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.models.checks import check_rows
from desk.models.confirmations import confirmations_of, ticket
from desk.models.figures import compared
from desk.models.replays import replays_of
from desk.models.standing import Model, read_model
from desk.page import page
from desk.problems import Problem
from steps.registry.names import VERSION


def version(request: Request) -> Response:
    """The page of the version that the path names."""
    person = demand(request, Right.figures)
    model, number = named_version(request)
    shown = compared(model, number)
    return page(
        request,
        "models/version.html.j2",
        shown=shown,
        columns=[shown],
        model=model,
        checks=check_rows(shown.attempt.checks if shown.attempt else ()),
        replays=replays_of(model.name, number),
        tags=sorted(model.versions[number].tags.items()),
        mlflow_page=_mlflow_page(model.name, number),
        confirmations=confirmations_of(request, model, number) if person.may(Right.govern) else [],
        ticket=ticket,
        wrong={},
        entered={},
    )


def named_version(request: Request) -> tuple[Model, str]:
    """The model, and the number of the version that the path names; raises `Problem` where there is none."""
    number = request.path_params["version"]
    if not VERSION.fullmatch(number):
        raise Problem("problem.not_found", 404)
    model = read_model(request.app.state.settings.model_name)
    if number not in model.versions:
        raise Problem("models.no_version", 404, version=number, model=model.name)
    return model, number


def _mlflow_page(name: str, number: str) -> str:
    """The version's page in MLflow's own UI; empty where the registry is no server."""
    uri = mlflow.get_tracking_uri().rstrip("/")
    return f"{uri}/#/models/{quote(name)}/versions/{number}" if uri.startswith(("http://", "https://")) else ""
