"""The header Idempotency-Key: a request sent again gets the first one's answer, byte for byte.

After the IETF's draft-ietf-httpapi-idempotency-key-header. All state is in the decision log's database, so that a key
holds for every worker, and after a crash.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from mlflow.protos.databricks_pb2 import RESOURCE_CONFLICT

from custom_model.decision_log import RecordLog
from custom_model.decision_log.answers import AlreadyAnswered, RequestKey
from custom_model.decision_log.schema import MAX_KEY_LENGTH
from custom_model.decisions import Decision
from custom_model.errors import BadRequest, Problem, RequestError, Unavailable
from custom_model.server.answer import Answer, json_answer

HEADER = b"idempotency-key"
PLAIN = b"[A-Za-z0-9._~:-]{1,%d}" % MAX_KEY_LENGTH
KEY = re.compile(b'%s|"%s"' % (PLAIN, PLAIN))
REPLAYED = (b"idempotent-replayed", b"true")

Decide = Callable[[RequestKey], Awaitable[list[Decision]]]


class KeyReused(RequestError):
    """The key of another request (HTTP 422)."""

    status = 422

    def __init__(self):
        super().__init__(
            "this Idempotency-Key belongs to another request of the last 24 h: send a new key with a new request, "
            "and the same bytes and query with the same key",
            RESOURCE_CONFLICT,
        )


class Idempotency:
    """Answers requests that have a key; without a decision log it rejects them."""

    def __init__(self, log: RecordLog | None):
        self._log = log
        self._threads = ThreadPoolExecutor(4, "idempotency")

    def key(self, header: bytes) -> str:
        """The key of a header; raises `BadRequest` for one that no answer can be stored under."""
        match = KEY.fullmatch(header)
        if match is None:
            expected = f"expected 1 to {MAX_KEY_LENGTH} letters, digits and . _ ~ : -, such as a UUID"
            raise BadRequest([Problem(None, HEADER.decode(), expected)])
        if self._log is None:
            problem = "this server records no decisions (DECISION_LOG_URI), so it cannot tell a repeated request"
            raise BadRequest([Problem(None, HEADER.decode(), problem)])
        return match[0].strip(b'"').decode()

    async def answer(
        self, key: str, media: str, query: bytes, body: bytes, decide: Decide
    ) -> tuple[Answer, list[Decision]]:
        """The stored answer, or a new one with its decisions; of two requests at once, one is decided.

        Raises `KeyReused`, `Unavailable` when the log cannot be read, or what `decide` raises.
        """
        request = await self._in_thread(_request_key, key, media, query, body)
        stored = await self._find(request)
        if stored is not None:
            return stored, []
        try:
            decisions = await decide(request)
        except AlreadyAnswered:
            stored = await self._find(request)
            if stored is None:  # deleted at once, as its client was erased
                raise Unavailable("the answer under this Idempotency-Key was deleted") from None
            return stored, []
        return json_answer(200, {"predictions": decisions}), decisions

    async def _find(self, request: RequestKey) -> Answer | None:
        assert self._log is not None
        stored = await self._in_thread(self._log.find_answer, request.key)
        if stored is None:
            return None
        if stored.fingerprint != request.fingerprint:
            raise KeyReused
        return Answer(200, b'{"predictions":[' + b",".join(stored.decisions) + b"]}", (REPLAYED,))

    async def _in_thread(self, task: Callable, *arguments: object):
        assert self._log is not None
        work = asyncio.get_running_loop().run_in_executor(self._threads, task, *arguments)
        try:
            return await asyncio.wait_for(work, self._log.wait)
        except TimeoutError:
            raise Unavailable("the decision log did not answer in time") from None

    def close(self) -> None:
        """Stop the threads without waiting for one that the database still blocks."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _request_key(key: str, media: str, query: bytes, body: bytes) -> RequestKey:
    digest = hashlib.sha256(media.encode())
    if query:
        digest.update(b"?" + query)  # no media type has a question mark, and no query a zero byte
    digest.update(b"\0")
    digest.update(body)
    return RequestKey(key, digest.hexdigest())
