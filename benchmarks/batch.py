"""Many applications at once: `score`, and its work in one process beside the booster and MLflow's stock flavour."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
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
from custom_model.cores import available_cores
from custom_model.row_parts import RowParts
from custom_model.scorer import THREADS
from steps.features import SAMPLE, feature_table
from steps.portfolio.row_groups import AT_ONCE
from steps.portfolio.stores import LOG
from steps.run.console import progress, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.score import Reasons, Request, score
from steps.tables.feature_table import Lineage, write_feature_table
from steps.tables.home_credit import ID, TARGET
from testing.postgres import fresh_database, postgres_cluster

BOOSTER, COLUMNS, EXPLAINED = "the booster alone, a matrix", "decisions in columns", "the same, reasons of the refused"
FRAME, STOCK = "predict(DataFrame) of this model", "predict(DataFrame) of stock mlflow.lightgbm"
ALL_CORES = ", on all cores"
LEAST_SHARE, LEAST_RECORDS = 0.7, 5_000  # of the booster's rows a second; records a second
WHOLE, SQLITE, POSTGRESQL = "score", "score, on record in SQLite", "score, on record in PostgreSQL"
KEY = bytes(16)


@dataclass(frozen=True)
class Work:
    """What is measured, and the rows that it decides about."""

    run: Callable[[], object]
    rows: int


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


def works(subject: Subject, portfolio: Portfolio, folder: Path) -> dict[str, Work]:
    """What is measured here, by name, each on the portfolio once: on one thread but for ALL_CORES and stock's."""
    stock = stock_flavour(subject.booster, portfolio.frame, folder)
    features = pd.DataFrame(portfolio.matrix, columns=subject.booster.feature_name())
    own, parallel = loaded(subject.uri), loaded(subject.uri)
    own.decider.scorer.parts, parallel.decider.scorer.parts = RowParts(), RowParts(available_cores())
    runs = {
        BOOSTER: lambda: subject.booster.predict(portfolio.matrix, raw_score=True, num_threads=THREADS),
        COLUMNS: lambda: decide(own, portfolio.batch, "none"),
        EXPLAINED: lambda: decide(own, portfolio.batch, "refused"),
        FRAME: lambda: own.predict(None, portfolio.frame, {"reasons": "none"}),
        FRAME + ALL_CORES: lambda: parallel.predict(None, portfolio.frame, {"reasons": "none"}),
        STOCK: lambda: stock.predict(features),
    }
    return {name: Work(each, len(portfolio.batch)) for name, each in runs.items()}


@contextmanager
def commands(
    subject: Subject, portfolio: Portfolio, rows: int, folder: Path, settings: Settings
) -> Iterator[dict[str, Work]]:
    """`score` as a whole, with its processes: of so many rows, without reasons; what it wrote before is removed."""
    data = portfolio_file(subject, portfolio.batch, rows, folder / "portfolio.parquet")
    sqlite = folder / "batch.db"

    def whole(log: Callable[[], str] | None = None) -> None:
        out = folder / "decisions.parquet"
        out.unlink(missing_ok=True)
        request = Request(str(data), out, reasons=Reasons.none, record=log is not None)
        with recorded_in("" if log is None else log()), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            score(subject.uri, request, settings)

    def fresh_file() -> str:
        for name in ("", "-wal", "-shm"):
            sqlite.with_name(sqlite.name + name).unlink(missing_ok=True)
        return f"sqlite:///{sqlite}"

    with postgres_cluster() as server:
        yield {
            WHOLE: Work(whole, rows),
            SQLITE: Work(lambda: whole(fresh_file), rows),
            POSTGRESQL: Work(lambda: whole(lambda: fresh_database(server.url)), rows),
        }


def portfolio_file(subject: Subject, batch: pa.RecordBatch, rows: int, file: Path) -> Path:
    """A feature table with so many rows, those of the batch again and again."""
    contract = subject.decider.contract
    lineage = Lineage(id=contract.id, target=TARGET, engine=Engine.duckdb, sources={})
    batch = batch.append_column(TARGET, pa.repeat(pa.scalar(0, pa.int64()), len(batch)))  # nobody reads it
    repeated = (batch.slice(0, min(len(batch), rows - first)) for first in range(0, rows, len(batch)))
    write_feature_table(repeated, batch.schema, lineage, file)
    return file


def loaded(uri: str) -> Any:
    """The model as a subprocess of `score` loads it, in this process."""
    return mlflow.pyfunc.load_model(uri, suppress_warnings=True).unwrap_python_model()


@contextmanager
def recorded_in(log: str) -> Iterator[None]:
    """The environment with this decision log, or with none."""
    before = os.environ.pop(LOG, None)
    os.environ.update({LOG: log} if log else {})
    try:
        yield
    finally:
        os.environ.pop(LOG, None)
        os.environ.update({} if before is None else {LOG: before})


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


def rates(works: dict[str, Work], rounds: int) -> dict[str, list[float]]:
    """Rows a second by work, one figure a round; the works take turns, so that a busy moment meets all."""
    measured: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        with progress(f"round {number} of {rounds}" if number else "a round that is not counted"):
            for name, work in works.items():
                start = perf_counter()
                work.run()
                if number:
                    measured[name].append(work.rows / (perf_counter() - start))
    return measured


def batch_table(measured: dict[str, list[float]], works: dict[str, Work], title: str) -> Table:
    """Rows a second, and the share of the booster's in the same round: medians."""
    lines = [
        [name, f"{works[name].rows:,}", three_digits(median(each)), multiple(share(measured, name))]
        for name, each in measured.items()
    ]
    return Table(title, ["work", "rows", "rows a second", "of the booster's"], lines)


def share(measured: dict[str, list[float]], name: str) -> float:
    """The median over rounds of a work's rows a second over the booster's in the same round."""
    return median(mine / its for mine, its in zip(measured[name], measured[BOOSTER], strict=True))


def goals(measured: dict[str, list[float]]) -> list[Goal]:
    """The shares and the rates that the project sets itself."""
    records = {name.removeprefix(f"{WHOLE}, "): median(measured[name]) for name in (SQLITE, POSTGRESQL)}
    return [
        Goal("decisions in columns against the booster", LEAST_SHARE, {"": share(measured, COLUMNS)}),
        Goal(
            "predict(DataFrame) against the booster",
            LEAST_SHARE,
            {"on one thread": share(measured, FRAME), "on all cores": share(measured, FRAME + ALL_CORES)},
        ),
        Goal("decisions on record a second", LEAST_RECORDS, records, unit=""),
    ]


def main(
    data: Data = SAMPLE,
    rows: Annotated[int, typer.Option(min=100, help="Applications of the portfolio.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, in each of which every work decides all.")] = 5,
    whole: Annotated[int, typer.Option(min=100, help="Applications that the whole command decides about.")] = 100_000,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure the rows a second of a portfolio's decisions, side by side in one run: in one process, and by `score`.

    Example: python -m benchmarks.batch --rows 100000 --rounds 5
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    with temporary_store(settings) as (folder, temporary):
        with progress("training a model of real size"):
            measured_model = subject(table, table.fields, folder, temporary, policy)
        portfolio = Portfolio.of(measured_model, rows)
        in_process = works(measured_model, portfolio, folder)
        with commands(measured_model, portfolio, whole, folder, temporary) as of_processes:
            all_works = in_process | of_processes
            measured = rates(all_works, rounds)
        trees = measured_model.booster.num_trees()
        title = (
            f"{measured_model.fields} fields, {trees} trees, medians of {rounds}; `score` with its start and "
            f"{temporary.cores} processes, all others on one thread but where named"
        )
        show([batch_table(measured, all_works, title)], out)
    print(goals_summary(goals(measured)))
    print(machine())


if __name__ == "__main__":
    run(main)
