"""The page Watch: figures of all decisions, what monitor found, and the decisions behind a figure."""

from starlette.routing import Route

from desk.watch.pages import behind, report, watch

ROUTES = [
    Route("/watch", watch),
    Route("/watch/decisions", behind),
    Route("/watch/report/{run}", report),
]
