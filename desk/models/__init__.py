"""The page Models: who decides, on what evidence, and how to change it."""

from starlette.routing import Route

from desk.models.action_pages import action, confirm, progress, take
from desk.models.ledger import ledger, record
from desk.models.overview import overview
from desk.models.reports import replay_report, report
from desk.models.version import version

ROUTES: list[Route] = [
    Route("/models", overview),
    Route("/models/ledger", ledger),
    Route("/models/ledger/{number}", record),
    Route("/models/action", action),
    Route("/models/action/progress", progress),
    Route("/models/{version}", version),
    Route("/models/{version}/report", report),
    Route("/models/{version}/replays/{run}", replay_report),
    Route("/models/{version}/{kind}", confirm, methods=["GET"]),
    Route("/models/{version}/{kind}", take, methods=["POST"]),
]
