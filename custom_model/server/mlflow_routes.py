"""MLflow's own routes behind this server: which stay closed, and its errors in this server's form."""

from custom_model.mlflow_internals import AsgiApp
from custom_model.model import fault
from custom_model.server.answer import Answer, Header, Send, error_answer
from custom_model.server.body import Receive
from custom_model.server.errors import UnknownPath, WrongMethod

CLOSED = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})  # pages that load scripts from a CDN


def wrong_method(allowed: str) -> Answer:
    """The error for a method other than this one."""
    answer = error_answer(WrongMethod(allowed))
    return answer._replace(headers=((b"allow", allowed.encode()),))


async def answer_of_mlflow(app: AsgiApp, scope: dict, receive: Receive, headers: list[Header], send: Send) -> None:
    """Answer by MLflow's app, with these headers; an unknown path, a wrong method or a fault has this server's form."""
    own = _WithOwnErrors(headers, send)
    error: Exception | None = None
    try:
        await app(scope, receive, own)
    except Exception as raised:  # Starlette raises the error again after its own answer of 500
        error = raised
    if own.has_failed or (error is not None and not own.has_begun):
        await error_answer(fault(error or RuntimeError())).send(send, headers)


class _WithOwnErrors:
    """The `send` for MLflow's app; an answer of 500 is left to `answer_of_mlflow`."""

    def __init__(self, headers: list[Header], send: Send):
        self._headers = headers
        self._send = send
        self._is_replaced = False
        self.has_begun = self.has_failed = False

    async def __call__(self, message: dict) -> None:
        if self._is_replaced:
            return  # the rest of MLflow's own answer
        if message["type"] == "http.response.start":
            self.has_begun = True
            self.has_failed = message["status"] == 500
            answer = _replacement(message)
            self._is_replaced = self.has_failed or answer is not None
            if answer is not None:
                await answer.send(self._send, self._headers)
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
        if not self._is_replaced:
            await self._send(message)


def _replacement(start: dict) -> Answer | None:
    if start["status"] == 404:
        return error_answer(UnknownPath())
    if start["status"] == 405:
        return wrong_method(dict(start.get("headers", ())).get(b"allow", b"").decode())
    return None
