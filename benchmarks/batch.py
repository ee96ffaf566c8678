"""Many applications at once: the rows a second of `score`, beside the booster alone and MLflow's stock flavour."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any

import lightgbm as lgb
import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import typer

from benchmarks.report import Goal, Table, goals_summary, machine, multiple, show, three_digits
from benchmarks.serving.subject import Subject, subject
from benchmarks.temporary_store import temporary_store
from custom_model.scorer import THREADS
from steps.features import SAMPLE, feature_table
from steps.portfolio.own_code import AT_ONCE
from steps.run.console import progress, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from testing.postgres import fresh_database, postgres_cluster

BOOSTER, COLUMNS, EXPLAINED = "the booster alone, a matrix", "decisions in columns", "the same, reasons of the refused"
FRAME, STOCK = "predict(DataFrame) of this model", "predict(DataFrame) of stock mlflow.lightgbm"
LEAST_SHARE, LEAST_RECORDS = 0.7, 5_000  # of the booster's rows a second; records a second
KEY = bytes(16)

Work = Callable[[], object]


@dataclass(frozen=True)
class Portfolio:
    """Applications as a batch of Arrow, as a table of pandas, and as the booster's own matrix."""

    batch: pa.RecordBatch
    frame: pd.DataFrame
    matrix: np.ndarray

    @classmethod
    def of(cls, subject: Subject, rows: int) -> "Portfolio":
        """So many rows, the subject's clients again and again."""
        repeated = np.resize(np.arange(len(subject.clients)), rows)
        frame = subject.clients.iloc[repeated].reset_index(drop=True)
        batch = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks().to_batches()[0]
        few = subject.applications(min(rows, len(subject.clients)))
        return cls(batch, frame, np.resize(subject.matrix(few), (rows, subject.booster.num_feature())))


@contextmanager
def works(subject: Subject, portfolio: Portfolio, folder: Path) -> Iterator[dict[str, Work]]:
    """What is measured, by name; each decides the whole portfolio once, in this process."""
    stock = stock_flavour(subject.booster, portfolio.frame, folder)
    features = pd.DataFrame(portfolio.matrix, columns=subject.booster.feature_name())
    own = loaded(subject.uri)
    with ExitStack() as stack:
        server = stack.enter_context(postgres_cluster())
        logs = {"SQLite": f"sqlite:///{folder / 'batch.db'}", "PostgreSQL": fresh_database(server.url)}
        recording = {name: stack.enter_context(recorded_by(subject.uri, url)) for name, url in logs.items()}
        yield {
            BOOSTER: lambda: subject.booster.predict(portfolio.matrix, raw_score=True, num_threads=THREADS),
            COLUMNS: lambda: decide(own, portfolio.batch, "none"),
            EXPLAINED: lambda: decide(own, portfolio.batch, "refused"),
            FRAME: lambda: own.predict(None, portfolio.frame, {"reasons": "none"}),
            STOCK: lambda: stock.predict(features),
            **{
                f"on record in {name}": lambda each=each: decide(each, portfolio.batch, "none")  # type: ignore[misc]
                for name, each in recording.items()
            },
        }


def loaded(uri: str) -> Any:
    """The model as a subprocess of `score` loads it, in this process."""
    return mlflow.pyfunc.load_model(uri, suppress_warnings=True).unwrap_python_model()


@contextmanager
def recorded_by(uri: str, log: str) -> Iterator[Any]:
    """The model with a decision log, which is closed at the end."""
    os.environ["DECISION_LOG_URI"] = log
    try:
        own = loaded(uri)
    finally:
        del os.environ["DECISION_LOG_URI"]
    try:
        yield own
    finally:
        own.service.close()


_runs = count(1)


def decide(own: Any, batch: pa.RecordBatch, reasons: str) -> None:
    """Decide the batch as a task of `score` does, some rows at a time."""
    moment = next(_runs)
    for first in range(0, len(batch), AT_ONCE):
        own.decide_batch(batch.slice(first, AT_ONCE), KEY, moment, first, reasons)


def stock_flavour(booster: lgb.Booster, frame: pd.DataFrame, folder: Path) -> Any:
    """The booster as `mlflow.lightgbm` logs it, with a signature of all its features."""
    signature = mlflow.models.infer_signature(pd.DataFrame(columns=booster.feature_name(), dtype=float))
    mlflow.lightgbm.save_model(booster, folder / "stock", signature=signature)
    return mlflow.pyfunc.load_model(str(folder / "stock"))


def rates(works: dict[str, Work], rows: int, rounds: int) -> dict[str, list[float]]:
    """Rows a second by work, one figure a round; the works take turns, so that a busy moment meets all."""
    measured: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        with progress(f"round {number} of {rounds}" if number else "a round that is not counted"):
            for name, work in works.items():
                start = perf_counter()
                work()
                if number:
                    measured[name].append(rows / (perf_counter() - start))
    return measured


def batch_table(measured: dict[str, list[float]], rows: int, fields: int, trees: int) -> Table:
    """Rows a second, and the share of the booster's in the same round: medians."""
    lines = [[name, three_digits(median(each)), multiple(share(measured, name))] for name, each in measured.items()]
    title = f"{rows:,} applications of {fields} fields, {trees} trees, one thread, medians of {len(measured[BOOSTER])}"
    return Table(title, ["work", "rows a second", "of the booster's"], lines)


def share(measured: dict[str, list[float]], name: str) -> float:
    """The median over rounds of a work's rows a second over the booster's in the same round."""
    return median(mine / its for mine, its in zip(measured[name], measured[BOOSTER], strict=True))


def goals(measured: dict[str, list[float]]) -> list[Goal]:
    """The shares and the rates that the project sets itself."""
    records = {f"in {name}": median(measured[f"on record in {name}"]) for name in ("SQLite", "PostgreSQL")}
    return [
        Goal("decisions in columns against the booster", LEAST_SHARE, {"": share(measured, COLUMNS)}),
        Goal("records a second", LEAST_RECORDS, records),
    ]


def main(
    data: Data = SAMPLE,
    rows: Annotated[int, typer.Option(min=100, help="Applications of the portfolio.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, in each of which every work decides all.")] = 5,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure the rows a second of a portfolio's decisions, side by side in one run.

    Example: python -m benchmarks.batch --rows 20000 --rounds 5
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    with temporary_store(settings) as (folder, temporary):
        with progress("training a model of real size"):
            measured_model = subject(table, table.fields, folder, temporary, policy)
        portfolio = Portfolio.of(measured_model, rows)
        with works(measured_model, portfolio, folder) as each:
            measured = rates(each, rows, rounds)
        trees = measured_model.booster.num_trees()
        show([batch_table(measured, rows, measured_model.fields, trees)], out)
    print(goals_summary(goals(measured)))
    print(machine())


if __name__ == "__main__":
    run(main)
