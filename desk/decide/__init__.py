"""The page Decide."""

from starlette.routing import Route

ROUTES: list[Route] = []
