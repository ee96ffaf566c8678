"""The page Decide: an application, the decision about it, and what would change it."""

from starlette.routing import Route

from desk.decide.pages import decide, empty_form, from_client, search, what_if

ROUTES = [
    Route("/decide", empty_form),
    Route("/decide", decide, methods=["POST"]),
    Route("/decide/search", search, methods=["POST"]),
    Route("/decide/client", from_client, methods=["POST"]),
    Route("/decide/what-if", what_if, methods=["POST"]),
]
