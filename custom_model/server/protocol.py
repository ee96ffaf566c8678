"""HTTP/1.1 as uvicorn reads it, within limits: a head is bounded in bytes and time, an upgrade is ignored.

uvicorn and httptools limit neither URLs nor headers, answer bytes that are no request with a line in the log each, and
lose the body of a request that offers to upgrade, as Java's client does by default.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from custom_model.errors import RequestError, Unavailable
from custom_model.model import fault
from custom_model.server.admission import Permit
from custom_model.server.answer import Answer, error_answer
from custom_model.server.errors import HeadTooLarge, Malformed, TooSlow, UrlTooLong, WrongVersion
from custom_model.sparing_log import SparingLog

if TYPE_CHECKING:
    from custom_model.server.app import App

APP = "app"  # the key of the app in ASGI's state, which its lifespan sets
MAX_HEADERS = 100  # of one request, as in Apache and Tomcat: each takes more memory than its bytes
SMALL = 4096  # bytes of a head that are not counted as held: a connection itself takes more
MAX_PIPELINED = 64  # requests that wait on one connection; each takes some KiB, and a read may have thousands
LINGER = 2.0  # seconds in which the rest of a refused request is discarded: closed at once, the answer may be lost
LATE_BYTES = 0.001  # seconds after the end of a head's time: what the system holds by then is read before
READ_SECONDS = 60.0  # for a client to read its answers, to the last byte that does not fit into the system's buffers
VERSIONS = ("1.1", "1.0")
UNREADABLE_URL = (httptools.HttpParserInvalidURLError, UnicodeDecodeError, AttributeError)  # no path is None

refusals = SparingLog(logging.getLogger(__name__), logging.WARNING)


class Protocol(HttpToolsProtocol):
    """One connection; a request that it refuses is answered after those before it, then the connection closes.

    `_silent` counts bytes that made the parser report nothing yet: part of a header or a trailer, which the parser
    keeps, an endless chunk extension, or blank lines before a request.
    """

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        app: App = self.app_state[APP]
        self._headers_of = app.headers
        self._max_bytes = app.settings.max_head_bytes
        self._head_seconds = app.settings.head_seconds
        self._permit = Permit(app.admission)
        self._silent = self._head_bytes = self._reserved = 0
        self._in_head = self._in_body = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._abort_timer: asyncio.TimerHandle | None = None
        self._refusal: Answer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # an answer counts as unread down to its last byte
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_head_timer()
        self._stop_abort_timer()
        self._permit.release()

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._silent += len(data)
        try:
            rest = self._feed(data)
            if rest is not None:
                self._feed_without_upgrade(rest)
            if self._silent or self._in_head:
                self._limit_rest(len(data))
        except httptools.HttpParserError as error:
            self._refuse(self._cause(error))
        except RequestError as error:
            self._refuse(error)

    def _feed(self, data: bytes | memoryview) -> memoryview | None:
        """Parse; return what follows a head that offers to upgrade, None where there is none."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return memoryview(data)[upgrade.args[0] :]
        return None

    def _feed_without_upgrade(self, rest: memoryview | None) -> None:
        """Parse each head again without its offer to upgrade, and what follows it.

        Not while the parser's exception is handled: it would become the context of the next one, see `_cause`.
        """
        while rest is not None:
            head = self._head_without_upgrade()
            self._new_parser()
            self.parser.feed_data(head)
            rest = self._feed(rest)

    def _new_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own

    def _head_without_upgrade(self) -> bytes:
        """The head that was parsed last, without the header Upgrade (RFC 9110, 7.8: a server may ignore it)."""
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _limit_rest(self, received: int) -> None:
        """Bound what the parser keeps of an incomplete head or trailer, for all connections together."""
        if self._head_bytes + self._silent > self._max_bytes:
            raise HeadTooLarge("bytes in the headers", self._max_bytes)
        self._permit.reserve(received)
        self._reserved += received
        if not self._in_body:
            self._start_head_timer()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._silent = self._head_bytes = self._reserved = 0

    def on_url(self, url: bytes) -> None:
        self._silent = 0
        self._head_bytes += len(url)
        if self._head_bytes > self._max_bytes:
            raise UrlTooLong(self._max_bytes)
        if b"#" in url:  # what follows would be dropped, such as a query (RFC 9112, 3.2)
            raise Malformed("expected a target without a fragment")
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._silent = 0
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > self._max_bytes:
            raise HeadTooLarge("bytes in the headers", self._max_bytes)
        if self._in_body:
            return  # a trailer, which is not part of the request's head (RFC 9110, 6.5.1)
        if len(self.headers) >= MAX_HEADERS:
            raise HeadTooLarge("headers", MAX_HEADERS)
        name = name.lower()  # from here on as uvicorn's own, which would be a call more for each header
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise Malformed("CONNECT is for proxies")
            return
        if self.parser.get_http_version() not in VERSIONS:
            raise WrongVersion
        if len(self.pipeline) >= MAX_PIPELINED:
            raise Unavailable("too many requests wait on this connection")
        if self._head_bytes > SMALL:
            self._permit.reserve(self._head_bytes - self._reserved)
        if self._head_timer is not None:
            self._stop_head_timer()
        self._in_head = False
        super().on_headers_complete()
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._silent = 0
        if self._in_body:  # else the head is parsed again without its upgrade
            self._in_body = False
            super().on_message_complete()

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if self._head_timer is not None:  # of a head that could not arrive until now
            self._stop_head_timer()
            self._start_head_timer()
        if was_last:
            if self._permit.bytes and not self._in_head:
                self._permit.release()
            if self._in_body:  # answered before it was complete: its rest ends uvicorn's wait for the next request
                self._start_head_timer()
            if self._refusal is not None:
                self._send_refusal()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_after(READ_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._refusal is None:
            self._stop_abort_timer()

    def _abort_after(self, seconds: float) -> None:
        """End the connection then, with what is not sent of its answers: `close` would wait for the client to read."""
        self._stop_abort_timer()
        self._abort_timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_abort_timer(self) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None

    def _cause(self, error: httptools.HttpParserError) -> RequestError:
        """The answer to what the parser, or one of its callbacks here, raised."""
        if isinstance(error, httptools.HttpParserCallbackError):
            cause = error.__context__
            if isinstance(cause, RequestError):
                return cause
            if not isinstance(cause, UNREADABLE_URL):
                return fault(cause if isinstance(cause, Exception) else error)
            return Malformed("expected a path as its target")
        if self.parser.get_http_version() == "2.0":  # without an upgrade, "with prior knowledge"
            return WrongVersion()
        return Malformed(str(error))

    def _refuse(self, error: RequestError) -> None:
        """Answer with this error once the requests before it are answered; nothing more is read."""
        refusals.write(f"refused before it was a request, {error.status}", f"refused: {error.message}")
        self._stop_head_timer()
        self._refusal = error_answer(error)
        cycle = self.cycle
        if not self._in_body:
            if cycle is None or cycle.response_complete:
                self._send_refusal()
        elif self.pipeline:
            self.pipeline.popleft()  # the request that is refused; those before it are answered
        else:
            cycle.disconnected, cycle.waiting_for_100_continue = True, False
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
            else:
                self._send_refusal()

    def _send_refusal(self) -> None:
        """Send the refusal, and discard what the client still sends for a moment."""
        answer = self._refusal
        if answer is None or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", answer.media_type),
            (b"content-length", str(len(answer.body)).encode()),
            *(header for header in self._headers_of({}) if header[0] != b"connection"),
            *answer.headers,
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[answer.status] + lines + b"\r\n" + answer.body)
        self.transport.write_eof()
        self.flow.resume_reading()
        self._abort_after(LINGER)

    def _end_head_time(self) -> None:
        """Read once more before giving up: of a loop that was busy, the timers run before the connections are read."""
        self._head_timer = self.loop.call_later(LATE_BYTES, self._give_up_head)

    def _give_up_head(self) -> None:
        """End a connection whose head is late: with an answer where there is a part of it."""
        self._head_timer = None
        if self.transport.is_closing() or self._refusal is not None:
            return
        if self.flow.read_paused:  # by the requests before it: the client is not the one who is late
            self._start_head_timer()
        elif self._in_head or self._silent:
            self._refuse(TooSlow(self._head_seconds, "URL and headers"))
        else:
            self.transport.close()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._head_seconds, self._end_head_time)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
