"""The reports of the project as they were logged: pages of their own, which may neither run nor load anything."""

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk.access.people import Right, demand
from desk.models.version import named_version
from desk.problems import Problem
from steps.evaluation.report.record import PAGE
from steps.registry.version_record import REPORT

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def report(request: Request) -> Response:
    """The report on a version."""
    demand(request, Right.figures)
    model, number = named_version(request)
    run = model.versions[number].tags.get(REPORT)
    if run is None:
        raise Problem("models.no_report", 404, version=number)
    return _served(run, number)


def replay_report(request: Request) -> Response:
    """The report of a replay of a version; of no other run of the tracking store."""
    demand(request, Right.figures)
    _, number = named_version(request)
    run = request.path_params["run"]
    try:
        found = MlflowClient().get_run(run).data
    except MlflowException:
        raise Problem("problem.not_found", 404) from None
    if found.tags.get("step") != "replay" or found.params.get("version") != number:
        raise Problem("problem.not_found", 404)
    return _served(run, number)


def _served(run: str, number: str) -> Response:
    try:
        page = mlflow.artifacts.load_text(f"runs:/{run}/{PAGE}")
    except (MlflowException, OSError):
        raise Problem("models.report_gone", 404, version=number) from None
    return HTMLResponse(page, headers={"content-security-policy": SANDBOX})
