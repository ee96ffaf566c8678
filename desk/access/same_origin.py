"""Requests that change something, or carry personal data: only from the desk's own pages.

A page elsewhere can make a browser send a form, but not the headers by which browsers name the page that it came from
(Fetch Metadata, and Origin where a browser is too old for it). No cookie or token is needed, and none can leak.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

from desk.problems import Problem

SAFE = frozenset({"GET", "HEAD"})
OWN = frozenset({"same-origin", "none"})  # of a page of the desk; typed by the person


def check_origin(request: Request) -> None:
    """Raise `Problem` for a request of another site's page; a program that sends neither header is no browser."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in OWN:
            raise Problem("problem.other_site", status=403)
        return
    origin = request.headers.get("origin")
    if origin is not None and _place(origin) != request.headers.get("host"):
        raise Problem("problem.other_site", status=403)


def _place(origin: str) -> str:
    """Host and port of an origin; empty for a text that is none, such as "null"."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
