"""The door: which host, whose page, which person; the headers of each answer, and the page of a fault."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from custom_model.model import fault
from desk.access.bodies import check_size, check_type, limited
from desk.access.headers import HEADERS
from desk.access.people import person_of
from desk.access.same_origin import check_origin
from desk.page import problem_page
from desk.problems import Problem
from desk.settings import DeskSettings

STATIC = "/static/"


class Door:
    """Middleware before all pages: a request that may not enter, or that fails, gets a page that says why.

    A name that is not the desk's is refused, as that of another site which points to this machine (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, settings: DeskSettings):
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_answering = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_answering
            if message["type"] == "http.response.start":
                is_answering = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)  # a report has a stricter policy of its own
                if scope["path"].startswith(STATIC):
                    headers["cache-control"] = "no-cache"
            await send(message)

        request = Request(scope, receive)
        try:
            self._check_host(request)
            request.state.person = person_of(request, self._settings)
            check_origin(request)
            check_size(request)
            check_type(request)
        except Problem as problem:
            await problem_page(request, problem)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, limited(receive), send_with_headers)
        except Exception as error:  # not left to the server, whose log would have the error's text
            incident = fault(error).body["incident_id"]
            if not is_answering:
                told = Problem("problem.fault", 500, incident=incident)
                await problem_page(request, told)(scope, receive, send_with_headers)

    def _check_host(self, request: Request) -> None:
        host = request.headers.get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name.lower() not in {each.lower() for each in self._settings.hosts}:
            raise Problem("problem.unknown_host", status=403)
