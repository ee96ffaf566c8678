"""The page Watch."""

from starlette.routing import Route

ROUTES: list[Route] = []
