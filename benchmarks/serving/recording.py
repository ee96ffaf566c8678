"""What the stores of a served model cost: every decision on record, and clients' history looked up."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import pyarrow as pa
from sqlalchemy import make_url

from benchmarks.load.rounds import Ask, Cell, Plan, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, setting, three_digits, times
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from steps.run.serving import hardened
from steps.stores.publication import publish_set
from testing.postgres import fresh_database, postgres_cluster

OFF, SQLITE, POSTGRES, HISTORY = "log off", "log in SQLite", "log in PostgreSQL", "history from SQLite"
AT_MOST, FROM = 1.5, 8  # times the p50 without a log, from so many connections on
OFTENER = 2  # as many rounds as elsewhere: what is to be told apart here differs by less
CLIENTS = 400  # who are asked about in turn
WRITES = 50


def record(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """The hardened server with each store and with none, the same clients asked about in turn."""
    plan = replace(plan, rounds=OFTENER * plan.rounds)
    clients = subject.applications(CLIENTS)
    history = set(subject.decider.contract.history)
    whole = [decision_body(row, "none") for row in clients]
    without_history = [
        decision_body({name: value for name, value in row.items() if name not in history}, "none") for row in clients
    ]
    cells: list[Cell] = []
    with postgres_cluster() as postgres:
        variables = {
            OFF: {},
            SQLITE: {"DECISION_LOG_URI": f"sqlite:///{folder / 'decisions.db'}"},
            POSTGRES: {"DECISION_LOG_URI": fresh_database(postgres.url)},
        }
        if history:
            variables[HISTORY] = {"HISTORY_STORE_URI": _published(subject, folder)}
        for workers in plan.workers:
            with running(
                {name: partial(hardened, subject.uri, workers, **each) for name, each in variables.items()}
            ) as urls:
                asks = {name: Ask(url, without_history if name == HISTORY else whole) for name, url in urls.items()}
                rows = {f"{subject.fields} fields": asks}
                cells += side_by_side(rows, workers, plan, f"stores, workers: {workers}")
    return Findings([stores_table(cells)], _notes(subject, plan, folder), goals(cells))


def stores_table(cells: Sequence[Cell]) -> Table:
    """Each store's figures, and its p50 as a multiple of that without any."""
    asked = [name for name in (SQLITE, POSTGRES, HISTORY) if name in cells[0].loads]
    rows = [
        [
            *(str(cell.workers), str(cell.connections)),
            *(figures(cell.loads[name]) for name in (OFF, *asked)),
            *(times(p50_ratio(cell, name)) for name in asked),
        ]
        for cell in cells
    ]
    header = ["workers", "conns", OFF, *asked, *(f"p50: {name}" for name in asked)]
    return Table("What the stores cost: the hardened server", header, rows)


def p50_ratio(cell: Cell, name: str) -> float:
    """The median's multiple of that without a store."""
    return cell.loads[name].p50 / cell.loads[OFF].p50


def goals(cells: Sequence[Cell]) -> list[Goal]:
    """That a durable record costs a client little, where there are several at once."""
    busy = [cell for cell in cells if cell.connections >= FROM]
    return [
        Goal(
            f"hardened, {name} to {OFF}, p50, from {FROM} connections on",
            AT_MOST,
            {setting(cell.workers, cell.connections): p50_ratio(cell, name) for cell in busy},
            is_least=False,
        )
        for name in (SQLITE, POSTGRES)
    ]


def seconds_of_a_durable_write(folder: Path) -> float:
    """The median time that the folder's disk takes for 16 KB, about what a decision takes in the log."""
    content, took = os.urandom(16 * 1024), []
    with (folder / "written").open("wb", buffering=0) as file:
        for _ in range(WRITES):
            start = time.perf_counter()
            file.write(content)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return median(took)


def _published(subject: Subject, folder: Path) -> str:
    contract = subject.decider.contract
    store = f"sqlite:///{folder / 'history.db'}"
    values = subject.clients[list(contract.history)].astype("float64")
    arrays = [subject.clients[contract.id], *(values[name] for name in values)]
    batch = pa.RecordBatch.from_arrays([pa.array(each, from_pandas=True) for each in arrays], [contract.id, *values])
    publish_set(make_url(store), contract.history, [batch])
    return store


def _notes(subject: Subject, plan: Plan, folder: Path) -> str:
    milliseconds = 1000 * seconds_of_a_durable_write(folder)
    return (
        f"{CLIENTS} clients in turn, without reasons, {plan.rounds} rounds. PostgreSQL shares the cores with servers\n"
        "and client. Both databases wait for the disk at each commit: one write of 16 KB and its fsync take "
        f"{three_digits(milliseconds)} ms.\n"
        "With history from SQLite a request has the application's fields alone, and is completed from a set of\n"
        f"{len(subject.clients):,} clients; with the others it brings all {subject.fields} fields."
    )
