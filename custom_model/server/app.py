"""The ASGI app of each worker: its own routes, and MLflow's app for all others."""

import asyncio
import logging
import os
import re
from functools import partial
from time import perf_counter

import mlflow
from mlflow.pyfunc import PyFuncModel

from custom_model.decision_log.answers import RequestKey
from custom_model.decisions import Decision
from custom_model.errors import BadRequest, Problem, RequestError
from custom_model.field_order import OneApplication
from custom_model.garbage import freeze_loaded_objects
from custom_model.identifiers import uuid7_texts
from custom_model.metrics.counters import CONTENT_TYPE, FOLDER, Metrics
from custom_model.mlflow_internals import scoring_app
from custom_model.mlmodel_file import read_in_c
from custom_model.model import fault
from custom_model.server.admission import Admission
from custom_model.server.answer import Answer, Header, Send, error_answer, json_answer
from custom_model.server.body import Receive, parse, read, readable_media_type
from custom_model.server.draining import Draining
from custom_model.server.errors import Disconnected, UnknownPath
from custom_model.server.following.status import following
from custom_model.server.idempotency import HEADER, Idempotency
from custom_model.server.known_orders import KnownOrders
from custom_model.server.media_types import PARQUET
from custom_model.server.mlflow_routes import CLOSED, answer_of_mlflow, wrong_method
from custom_model.server.openapi import document
from custom_model.server.protocol import APP
from custom_model.server.query_params import params_of_query
from custom_model.server.readiness import TIMEOUT, Probe, Readiness
from custom_model.server.request_headers import doubled_headers
from custom_model.server.scheduling import QUICK_BYTES, QUICK_ROWS, TURN, Scheduler
from custom_model.server.settings import Settings
from custom_model.service import DecisionService, Pending

INVOCATIONS = "/invocations"
OPENAPI = "/openapi.json"
GET = frozenset({OPENAPI, "/metrics", "/ready"})  # paths of the server's own
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

log = logging.getLogger(__name__)


def create() -> "Worker":
    """The app factory that uvicorn calls in each worker."""
    return Worker(Settings.read())


class Worker:
    """Loads the model at start-up; a model that cannot be loaded ends the server."""

    def __init__(self, settings: Settings):
        self.settings = settings

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _lifespan(self, scope: dict, receive: Receive, send: Send) -> None:
        await receive()
        read_in_c()
        try:
            self.app = App(mlflow.pyfunc.load_model(self.settings.served_model), self.settings)
            self.app.service.decider.scorer.prepare_contributions()
        except Exception as error:
            log.exception("the model could not be loaded")
            await send({"type": "lifespan.startup.failed", "message": f"the model could not be loaded: {error}"})
            return
        scope["state"][APP] = self.app
        self.app.draining.listen()
        freeze_loaded_objects()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.app.close()
        await send({"type": "lifespan.shutdown.complete"})


class App:
    """Answers every request of a worker."""

    def __init__(self, model: PyFuncModel, settings: Settings):
        self.settings = settings
        self.service = model.unwrap_python_model().service
        self.mlflow_app = scoring_app(model)
        self.document = document(model, settings) if settings.show_docs else None
        self.admission = Admission(settings.max_requests, settings.max_held_bytes)
        self.scheduler = Scheduler(self.service.send_records, TURN if self.service.log is None else 1)
        self.metrics = Metrics(self.service.origin.label)
        self.draining = Draining()
        self.readiness = Readiness(_probes(self.service))
        self.idempotency = Idempotency(self.service.log)
        self.orders = KnownOrders(self.service.decider.contract)
        self._model = (b"x-model-version", self.service.origin.label.encode())

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        request_headers = dict(scope["headers"])
        headers = self.headers(request_headers)
        path = scope["path"]
        if path == INVOCATIONS and scope["method"] == "POST":
            is_doubled = len(request_headers) < len(scope["headers"])
            doubled = doubled_headers(scope["headers"]) if is_doubled else []
            await self._invocations(request_headers, doubled, scope["query_string"], headers, receive, send)
        elif path in CLOSED or (path == OPENAPI and self.document is None):
            await error_answer(UnknownPath()).send(send, headers)
        elif path in GET and scope["method"] != "GET":
            await wrong_method("GET").send(send, headers)
        elif path == "/metrics":
            text = await asyncio.to_thread(self.metrics.exposition)
            await Answer(200, text, media_type=CONTENT_TYPE.encode()).send(send, headers)
        elif path == "/ready":
            await (await self._ready()).send(send, headers)
        elif path == OPENAPI:
            await json_answer(200, self.document).send(send, headers)
        else:
            await answer_of_mlflow(self.mlflow_app, scope, receive, headers, send)

    async def _invocations(
        self,
        request_headers: dict[bytes, bytes],
        doubled: list[Problem],
        query: bytes,
        headers: list[Header],
        receive: Receive,
        send: Send,
    ) -> None:
        start = perf_counter()
        decisions: list[Decision] = []
        try:
            if doubled:
                raise BadRequest(doubled)
            answer, decisions = await self._answer(request_headers, query, receive)
        except RequestError as error:
            answer = error_answer(error)
        except Disconnected:
            return
        except Exception as error:
            answer = error_answer(fault(error))
        self.metrics.count_request(answer.status, perf_counter() - start, decisions)
        await answer.send(send, headers)

    async def _answer(
        self, request_headers: dict[bytes, bytes], query: bytes, receive: Receive
    ) -> tuple[Answer, list[Decision]]:
        """The answer to the request, and the decisions made for it; raises `RequestError` or `Disconnected`."""
        permit = self.admission.permit()
        header = request_headers.get(HEADER)
        try:
            key = None if header is None else self.idempotency.key(header)
            body = await read(receive, request_headers.get(b"content-length"), permit, self.settings)
            permit.enter()
            media = readable_media_type(request_headers)
            params = params_of_query(query, media) if query else None
            if key is not None:
                decide = partial(self._decide, media, body, params)
                return await self.idempotency.answer(key, media, query, body, decide)
            decisions = await self._decide(media, body, params)
            return json_answer(200, {"predictions": decisions}), decisions
        finally:
            permit.release()

    async def _decide(
        self, media: str, body: bytes, query_params: dict[str, object] | None, key: RequestKey | None = None
    ) -> list[Decision]:
        return await (await self._schedule(media, body, query_params, key)).result_async()

    async def _schedule(
        self, media: str, body: bytes, query_params: dict[str, object] | None, key: RequestKey | None
    ) -> Pending:
        """Decide a body in its turn. A large one is parsed in its turn too: it grows many times over by that."""
        if len(body) > QUICK_BYTES or media == PARQUET:
            return await self.scheduler.long(self._begin, media, body, query_params, key)
        payload, params = parse(media, body, self.settings, self.service.decider.contract, self.orders)
        is_small = isinstance(payload, list | OneApplication) and len(payload) <= QUICK_ROWS
        is_quick = is_small and self.service.history is None
        run = self.scheduler.quick if is_quick else self.scheduler.long
        pending = await run(self.service.begin, payload, params, is_quick, key)
        self.orders.learn(body, payload)
        return pending

    def _begin(
        self, media: str, body: bytes, query_params: dict[str, object] | None, key: RequestKey | None
    ) -> Pending:
        contract = self.service.decider.contract
        payload, params = parse(media, body, self.settings, contract, query_params=query_params)
        return self.service.begin(payload, params, key=key)

    async def _ready(self) -> Answer:
        stores = await self.readiness.stores()
        is_ending = self.draining.has_begun and not self.draining.is_retired  # else the server goes on
        ready = all(stores.values()) and not is_ending
        self.metrics.set_ready(ready)
        state: dict[str, object] = {"ready": ready, "model": self.service.origin.label, "stores": stores}
        followed = following(os.environ.get(FOLDER))
        if followed is not None:
            state["following"] = followed
        return json_answer(200 if ready else 503, state)

    def headers(self, request_headers: dict[bytes, bytes]) -> list[Header]:
        """The headers of every answer; a request's own id is repeated if it is short and plain."""
        request_id = request_headers.get(b"x-request-id", b"")
        if not REQUEST_ID.fullmatch(request_id):
            (text,) = uuid7_texts(1)
            request_id = text.encode()
        headers = [self._model, (b"x-request-id", request_id)]
        return [*headers, (b"connection", b"close")] if self.draining.has_begun else headers

    def close(self) -> None:
        """Stop the threads and close the log, once all requests are answered."""
        self.scheduler.close()
        self.readiness.close()
        self.idempotency.close()
        self.service.decider.scorer.parts.close()
        self.service.close()


def _probes(service: DecisionService) -> dict[str, Probe]:
    """A probe for each store that decisions depend on."""
    probes: dict[str, Probe] = {}
    log, history = service.log, service.history
    if log is not None:
        probes["decision_log"] = lambda: log.submit([]).result(TIMEOUT)
    if history is not None and history.is_required:
        probes["history_store"] = history.published_version
    return probes
