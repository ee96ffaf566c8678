"""Bodies of requests: how large a form may be, and how long it may take to arrive."""

import asyncio

from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.types import Message, Receive

from desk.problems import Problem

MAX_BODY = 1024 * 1024  # bytes: all fields of an application are 30,000
SECONDS = 30.0  # until a form must have arrived; a proxy may be stricter


def check_size(request: Request) -> None:
    """Raise `Problem` for a request that names a length over the limit, before any of it is read."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 18 or int(length) > MAX_BODY:
        raise Problem("problem.too_large", 413)


def check_type(request: Request) -> None:
    """Raise `Problem` for a form in another encoding than UTF-8: some give texts that nothing can store or show."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
        raise Problem("problem.bad_form", 400)


def limited(receive: Receive) -> Receive:
    """The same request, whose reader gets a `Problem` where the body is too large, or late."""
    body = _Body(receive)
    return body.receive


class _Body:
    """How much of a body has arrived, and until when the rest must; after it only the client's leaving is awaited."""

    def __init__(self, receive: Receive):
        self._receive = receive
        self._bytes = 0
        self._deadline: float | None = None
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + SECONDS
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Problem("problem.too_slow", 408) from None
        self._bytes += len(message.get("body", b""))
        if self._bytes > MAX_BODY:
            raise Problem("problem.too_large", 413)
        self._is_whole = not message.get("more_body", False)
        return message
