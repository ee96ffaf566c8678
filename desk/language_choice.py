"""The choice of a language, kept in a cookie; after it the page goes on where it was."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from desk.forms import read_form
from desk.language.languages import COOKIE, LANGUAGES

A_YEAR = 365 * 24 * 3600  # seconds


async def choose_language(request: Request) -> Response:
    """Keep the chosen language, and go back to the page that it was chosen on."""
    chosen = (await read_form(request)).get("language")
    response = RedirectResponse(page_before(request), 303)
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, chosen, A_YEAR, httponly=True, samesite="strict")
    return response


def page_before(request: Request) -> str:
    """The address of the page that a form was on; of one that only a form opens, the page above it."""
    try:
        back = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/"
    path = back.path
    while _is_opened_by_forms_alone(request, path):
        path = path.rpartition("/")[0]
    if not path.startswith("/") or path.startswith("//"):  # two of them would name another host
        return "/"
    return f"{path}?{back.query}" if back.query and path == back.path else path


def _is_opened_by_forms_alone(request: Request, path: str) -> bool:
    wanted = {"type": "http", "method": "GET", "path": path}
    matches = {route.matches(wanted)[0] for route in request.app.routes}
    return Match.PARTIAL in matches and Match.FULL not in matches
