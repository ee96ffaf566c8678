"""The ASGI app that uvicorn runs in each worker: our own routes, and MLflow's for the rest."""

import asyncio
import gc
import logging
import re
from collections.abc import Awaitable, Callable
from time import perf_counter

import mlflow
from mlflow.pyfunc import PyFuncModel, scoring_server

from custom_model.decisions import Decision
from custom_model.environment import Environment
from custom_model.errors import Refusal
from custom_model.identifiers import uuid7
from custom_model.metrics.counters import CONTENT_TYPE, Metrics
from custom_model.model import fault
from custom_model.server.admission import Admission
from custom_model.server.answer import Answer, Header, Send, of_json, of_refusal
from custom_model.server.body import parse, read
from custom_model.server.draining import Draining
from custom_model.server.errors import PARQUET, Disconnected
from custom_model.server.openapi import document
from custom_model.server.readiness import LONGEST, Readiness
from custom_model.server.scheduling import QUICK_BYTES, QUICK_ROWS, Lanes
from custom_model.server.settings import Settings
from custom_model.service import DecisionService, Pending

Receive = Callable[[], Awaitable[dict]]

INVOCATIONS = "/invocations"
OPENAPI = "/openapi.json"
DOCS = frozenset({OPENAPI, "/docs", "/docs/oauth2-redirect", "/redoc"})
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

log = logging.getLogger(__name__)


def create() -> "Worker":
    """What uvicorn calls in each worker: the app, with the settings of the environment."""
    return Worker(Settings.read())


class Worker:
    """Loads the model when the worker starts; a model that cannot be loaded ends the server."""

    def __init__(self, settings: Settings):
        self.settings = settings

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self.app = App(mlflow.pyfunc.load_model(self.settings.served_model), self.settings)
        except Exception as error:
            log.exception("the model could not be loaded")
            await send({"type": "lifespan.startup.failed", "message": f"the model could not be loaded: {error}"})
            return
        self.app.draining.listen()
        # A full collection over the objects of MLflow and the model takes 100 ms and finds nothing.
        gc.collect()
        gc.freeze()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.app.close()
        await send({"type": "lifespan.shutdown.complete"})


class App:
    """Answers every request of a worker."""

    def __init__(self, model: PyFuncModel, settings: Settings):
        self.settings = settings
        self.service = model.unwrap_python_model().service
        self.mlflows = scoring_server.init(model)
        self.document = document(model, settings) if settings.show_docs else None
        self.admission = Admission(settings.max_requests, settings.max_held_bytes)
        self.lanes = Lanes(self.service.send_records)
        self.metrics = Metrics(self.service.origin.label)
        self.draining = Draining()
        self.readiness = Readiness(_stores(self.service))
        self._model = (b"x-model-version", self.service.origin.label.encode())

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        sent = dict(scope["headers"])
        headers = self._headers(sent)
        path = scope["path"]
        if path == INVOCATIONS and scope["method"] == "POST":
            await self._invocations(sent, headers, receive, send)
        elif path == "/metrics":
            told = await asyncio.to_thread(self.metrics.exposition)
            await Answer(200, told, media_type=CONTENT_TYPE.encode()).send(send, headers)
        elif path == "/ready":
            await (await self._ready()).send(send, headers)
        elif path in DOCS and not self.settings.show_docs:
            await of_json(404, {"detail": "Not Found"}).send(send, headers)
        elif path == OPENAPI:
            await of_json(200, self.document).send(send, headers)
        else:
            await self.mlflows(scope, receive, _with(headers, send))

    async def _invocations(self, sent: dict[bytes, bytes], headers: list[Header], receive: Receive, send: Send) -> None:
        start = perf_counter()
        decisions: list[Decision] = []
        try:
            decisions = await self._decide(sent.get(b"content-type"), sent.get(b"content-length"), receive)
            answer = of_json(200, {"predictions": decisions})
        except Refusal as refusal:
            answer = of_refusal(refusal)
        except Disconnected:
            return
        except Exception as error:
            answer = of_refusal(fault(error))
        self.metrics.answered(answer.status, perf_counter() - start, decisions)
        await answer.send(send, headers)

    async def _decide(self, content_type: bytes | None, length: bytes | None, receive: Receive) -> list[Decision]:
        """Decisions, on record where there is a log; raises `Refusal` or `Disconnected`."""
        visit = self.admission.visit()
        try:
            body = await read(receive, length, visit, self.settings)
            visit.enter()
            pending = await self._begun(content_type, body)
            return await pending.arrived()
        finally:
            visit.leave()

    async def _begun(self, content_type: bytes | None, body: bytes) -> Pending:
        """Decisions about a body. A large one is parsed when it is its turn: parsed, it takes many times its bytes."""
        if len(body) > QUICK_BYTES or content_type == PARQUET.encode():
            return await self.lanes.long(self._begin, content_type, body)
        sent, params = parse(content_type, body, self.settings)
        is_quick = isinstance(sent, list) and len(sent) <= QUICK_ROWS and self.service.history is None
        lane = self.lanes.quick if is_quick else self.lanes.long
        return await lane(self.service.begin, sent, params, is_quick)

    def _begin(self, content_type: bytes | None, body: bytes) -> Pending:
        return self.service.begin(*parse(content_type, body, self.settings))

    async def _ready(self) -> Answer:
        stores = await self.readiness.stores()
        ready = all(stores.values()) and not self.draining.begun
        return of_json(200 if ready else 503, {"ready": ready, "model": self.service.origin.label, "stores": stores})

    def _headers(self, sent: dict[bytes, bytes]) -> list[Header]:
        """Those of every answer. A request's own id is kept where it is short and plain."""
        request_id = sent.get(b"x-request-id", b"")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = str(uuid7()).encode()
        headers = [self._model, (b"x-request-id", request_id)]
        return [*headers, (b"connection", b"close")] if self.draining.begun else headers

    def close(self) -> None:
        """End the threads, when all is answered."""
        self.lanes.close()
        self.readiness.close()


def _stores(service: DecisionService) -> dict[str, Callable[[], object]]:
    """What a decision needs beside the model, and how to ask whether it is there."""
    stores = {}
    if service.log is not None:
        stores["decision_log"] = lambda: service.log.submit([]).result(LONGEST)
    if service.history is not None and Environment.read().history_store_down == "503":
        stores["history_store"] = service.history.published
    return stores


def _with(headers: list[Header], send: Send) -> Send:
    """`send` for MLflow's app, with these headers beside its own."""

    async def send_with(message: dict) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with
