"""The life of a worker, from the model's loading to the end of its log."""

import asyncio
import gc
import sqlite3
from types import SimpleNamespace

import mlflow
import orjson
import pytest
from jsonschema_rs import Draft202012Validator
from sqlalchemy import make_url

from custom_model.decision_log import DecisionLog
from custom_model.origin import Origin
from custom_model.server import app
from custom_model.server.app import Worker
from custom_model.server.draining import Draining
from custom_model.server.following.status import FILE, following
from custom_model.server.openapi import document
from custom_model.server.settings import Settings
from custom_model.service import DecisionService


@pytest.fixture
def service(decider, tmp_path, monkeypatch):
    """The service of a model that the worker loads, with a log."""
    log = DecisionLog(make_url(f"sqlite:///{tmp_path / 'log.db'}"))
    service = DecisionService(decider, Origin("credit-scoring", "1"), log=log)
    model = SimpleNamespace(unwrap_python_model=lambda: SimpleNamespace(service=service))
    monkeypatch.setattr(mlflow.pyfunc, "load_model", lambda uri: model)
    monkeypatch.setattr(app, "scoring_app", lambda model: None)
    monkeypatch.setattr(Draining, "listen", lambda self: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    yield service
    log.close()


def live(worker: Worker, at_shutdown) -> list[dict]:
    """What the worker answers to uvicorn's lifespan messages; `at_shutdown` runs between the two."""
    answers = []

    async def receive():
        if answers:
            at_shutdown()
            return {"type": "lifespan.shutdown"}
        return {"type": "lifespan.startup"}

    async def send(message):
        answers.append(message)

    asyncio.run(worker({"type": "lifespan", "state": {}}, receive, send))
    return answers


def test_a_worker_writes_the_records_on_hold_before_it_ends(service, application, tmp_path):
    pending = []

    answers = live(
        Worker(Settings(served_model="model")), lambda: pending.append(service.begin([application], hold=True))
    )

    assert [answer["type"] for answer in answers] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert pending[0].durable.done()
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM decisions").fetchone() == (1,)


def test_a_worker_whose_model_cannot_be_loaded_does_not_start(monkeypatch):
    def fail(uri):
        raise ValueError("the scorecard names 3 features")

    monkeypatch.setattr(mlflow.pyfunc, "load_model", fail)

    (answer,) = live(Worker(Settings(served_model="model")), lambda: None)

    assert answer["type"] == "lifespan.startup.failed"
    assert "the scorecard names 3 features" in answer["message"]


@pytest.mark.parametrize(("is_retired", "status"), [(False, 503), (True, 200)])
def test_a_worker_that_ends_alone_leaves_the_server_ready(service, is_retired, status):
    async def ready() -> int:
        worker = app.App(mlflow.pyfunc.load_model("model"), Settings(served_model="model"))
        worker.draining.has_begun, worker.draining.is_retired = True, is_retired
        answer = await worker._ready()
        worker.close()
        return answer.status

    assert asyncio.run(ready()) == status


def test_readiness_says_what_the_server_follows_as_its_document_has_it(service, tmp_path, monkeypatch):
    async def ready() -> bytes:
        worker = app.App(mlflow.pyfunc.load_model("model"), Settings(served_model="model"))
        answer = await worker._ready()
        worker.close()
        return answer.body

    (tmp_path / FILE).write_text('{"alias": "m@champion", "version": "2", "problem": "it is wrong"}')
    monkeypatch.setattr(app, "following", lambda folder: following(str(tmp_path)))

    answer = orjson.loads(asyncio.run(ready()))

    assert answer == {
        "ready": True,
        "model": "credit-scoring/1",
        "stores": {"decision_log": True},
        "following": {"alias": "m@champion", "version": "2", "problem": "it is wrong"},
    }
    model = SimpleNamespace(
        unwrap_python_model=lambda: SimpleNamespace(service=service),
        metadata=SimpleNamespace(get_serving_input=lambda path: None),
    )
    answers = document(model, Settings(served_model="model"))["paths"]["/ready"]["get"]["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]
    assert Draft202012Validator(schema).is_valid(answer)
    assert answer.keys() == schema["properties"].keys()
