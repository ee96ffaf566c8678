"""The desk's app: its pages, behind one door."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk import decide, find, models, watch
from desk.access.people import Right
from desk.decision_server import DecisionServer
from desk.door import Door
from desk.language.catalogue import words
from desk.language_choice import choose_language
from desk.models.processes import Actions
from desk.page import FOLDER, problem_page, templates
from desk.problems import Problem
from desk.settings import DeskSettings
from steps.run.console import UserError


def create_app(settings: DeskSettings) -> Starlette:
    """The app under these settings; raises `ValueError` where its words lack a language."""
    words()
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/language", choose_language, methods=["POST"]),
            *decide.ROUTES,
            *find.ROUTES,
            *watch.ROUTES,
            *models.ROUTES,
            Mount("/static", StaticFiles(directory=FOLDER.with_name("static"))),
        ],
        exception_handlers={
            Problem: of_problem,
            UserError: of_project,
            HTTPException: of_http,
        },
    )
    app.add_middleware(Door, settings=settings)
    app.state.settings = settings
    app.state.templates = templates()
    app.state.server = DecisionServer(settings.server_url)
    app.state.actions = Actions()
    return app


def home(request: Request) -> Response:
    """The first page of the person's role."""
    return RedirectResponse("/decide" if request.state.person.may(Right.decide) else "/watch", 303)


def of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_page(request, error)


def of_project(request: Request, error: Exception) -> Response:
    """A mistake or a missing thing that the project's own functions tell in a sentence."""
    return problem_page(request, Problem("problem.of_project", sentence=str(error)))


def of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    keys = {400: "problem.bad_form", 405: "problem.wrong_method", 413: "problem.too_large"}
    return problem_page(request, Problem(keys.get(error.status_code, "problem.not_found"), error.status_code))
