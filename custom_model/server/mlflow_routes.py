"""MLflow's own routes behind this server: which stay closed, and its errors in this server's form."""

from custom_model.server.answer import Answer, Header, Send, error_answer
from custom_model.server.errors import UnknownPath, WrongMethod

CLOSED = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})  # pages that load scripts from a CDN


def wrong_method(allowed: str) -> Answer:
    """The error for a method other than this one."""
    answer = error_answer(WrongMethod(allowed))
    return answer._replace(headers=((b"allow", allowed.encode()),))


def with_own_errors(headers: list[Header], send: Send) -> Send:
    """`send` for MLflow's app: it adds these headers, and replaces answers to an unknown path or a wrong method."""
    is_replaced = False

    async def send_with(message: dict) -> None:
        nonlocal is_replaced
        if is_replaced:
            return  # the rest of MLflow's own answer
        if message["type"] == "http.response.start":
            answer = _replacement(message)
            if answer is not None:
                is_replaced = True
                await answer.send(send, headers)
                return
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with


def _replacement(start: dict) -> Answer | None:
    if start["status"] == 404:
        return error_answer(UnknownPath())
    if start["status"] == 405:
        return wrong_method(dict(start.get("headers", ())).get(b"allow", b"").decode())
    return None
