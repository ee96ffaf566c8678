"""The page Find."""

from starlette.routing import Route

ROUTES: list[Route] = []
