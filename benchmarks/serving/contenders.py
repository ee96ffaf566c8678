"""The contenders: servers of one booster, and the request bodies that each reads."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
from mlflow.models import infer_signature

from benchmarks.serving import bare_app, pydantic_app
from benchmarks.serving.subject import FEW, Row, Subject
from steps.run.serving import hardened_server, running_server, stock_server
from steps.run.settings import PROJECT

OURS, HARDENED, STOCK, FLOOR, BARE, PYDANTIC = (
    *("this model", "hardened", "stock", "floor", "bare FastAPI", "FastAPI and pydantic"),
)


@dataclass(frozen=True)
class Contender:
    """`serve` starts a server with so many workers and yields its URL; `bodies` has a request for each row."""

    serve: Callable[[int], AbstractContextManager[str]]
    bodies: dict[str, bytes]


def contenders(subject: Subject, folder: Path) -> dict[str, Contender]:
    """All contenders by name, logged and ready to start.

    Stock is the booster with `mlflow.lightgbm` and a signature of its features as doubles; its requests
    have MLflow's form for such a signature, dataframe_split. It answers a row that lacks a column with
    400: its row of few fields has null for all others. The floor gets no params, of which MLflow would
    warn in its log with each request. Only FastAPI and pydantic get the requests of this model and do
    the same work.
    """
    values = [(name, value) for name, value in subject.features("few").items() if value is not None]
    features = {"all": subject.features("all"), "few": dict(values[:FEW])}
    bodies = {name: decision_body(subject.rows[name], "none") for name in features}
    return {
        OURS: Contender(partial(stock_server, subject.uri), bodies),
        HARDENED: Contender(partial(hardened_server, subject.uri), bodies),
        PYDANTIC: Contender(partial(serve_pydantic, subject), bodies),
        STOCK: Contender(
            partial(stock_server, _logged_stock(subject)),
            {name: _json({"dataframe_split": _split(subject.features(name))}) for name in features},
        ),
        FLOOR: Contender(
            partial(stock_server, _logged_constant()),
            {name: _json({"inputs": [subject.rows[name]]}) for name in features},
        ),
        BARE: Contender(
            partial(_bare, subject, folder), {name: _json({"inputs": [row]}) for name, row in features.items()}
        ),
    }


def decision_body(row: Row, reasons: str) -> bytes:
    """The body of a request for one decision of this model."""
    return decisions_body([row], reasons)


def decisions_body(rows: Sequence[Row], reasons: str) -> bytes:
    """The same for many applications."""
    return _json({"inputs": rows, "params": {"reasons": reasons, "history": "none"}})


def split_body(rows: Sequence[Row], reasons: str) -> bytes:
    """The same with the names once, as `pandas.DataFrame.to_json(orient="split")` has them."""
    split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
    return _json({"dataframe_split": split, "params": {"reasons": reasons, "history": "none"}})


def parquet_body(rows: Sequence[Row]) -> bytes:
    """The same as Parquet, whose params are in the query."""
    return pd.DataFrame(rows).to_parquet(index=False)


def inputs_body(subject: Subject) -> bytes:
    """The whole row for stock in MLflow's other form, "inputs", which it reads three times as fast."""
    return _json({"inputs": [subject.features("all")]})


def _json(request: dict) -> bytes:
    return json.dumps(request, allow_nan=False).encode()


def _split(row: Row) -> dict:
    return {"columns": list(row), "data": [list(row.values())]}


def _logged_stock(subject: Subject) -> str:
    row = pd.DataFrame([subject.features("all")], dtype="float64")
    signature = infer_signature(row, subject.booster.predict(row))
    with mlflow.start_run(run_name="stock"):
        return mlflow.lightgbm.log_model(subject.booster, name="stock", signature=signature).model_uri


def _logged_constant() -> str:
    script = str(Path(__file__).with_name("constant_model.py"))
    # Recorded warnings are not shown: MLflow asks for type hints here, past any filter, and the floor has none.
    with mlflow.start_run(run_name="constant"), warnings.catch_warnings(record=True):
        return mlflow.pyfunc.log_model(name="constant", python_model=script, pip_requirements=["mlflow"]).model_uri


@contextmanager
def _bare(subject: Subject, folder: Path, workers: int) -> Iterator[str]:
    booster = folder / f"booster-{subject.fields}.txt"
    subject.booster.save_model(booster)
    with _uvicorn(bare_app, workers, **{bare_app.BOOSTER: str(booster)}) as url:
        yield url


def serve_pydantic(subject: Subject, workers: int) -> AbstractContextManager[str]:
    """FastAPI and pydantic with the subject's model; its URL, until the block ends."""
    folder = mlflow.artifacts.download_artifacts(subject.uri)
    return _uvicorn(pydantic_app, workers, **{pydantic_app.MODEL: folder, "SCORING_THREADS": "1"})


def _uvicorn(app: ModuleType, workers: int, **environment: str) -> AbstractContextManager[str]:
    """uvicorn without its access log, as the hardened server runs it."""
    options = ["--app-dir", str(PROJECT), "--workers", str(workers), "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", "--factory", f"{app.__name__}:create", *options]
    return running_server(command, log_file=None, **environment)
