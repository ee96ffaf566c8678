"""The reports of the project as they were logged: pages of their own, which may neither run nor load anything."""

import mlflow
from mlflow.exceptions import MlflowException
from starlette.requests import Request
from starlette.responses import Response

from desk.access.people import Right, demand
from desk.models.replays import is_replay_of
from desk.models.version import named_version
from desk.page import report_page
from desk.problems import Problem
from steps.evaluation.report.record import PAGE
from steps.registry.version_record import REPORT


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
    model, number = named_version(request)
    run = request.path_params["run"]
    if not is_replay_of(model.name, number, run):
        raise Problem("problem.not_found", 404)
    return _served(run, number)


def _served(run: str, number: str) -> Response:
    try:
        text = mlflow.artifacts.load_text(f"runs:/{run}/{PAGE}")
    except (MlflowException, OSError):
        raise Problem("models.report_gone", 404, version=number) from None
    return report_page(text)
