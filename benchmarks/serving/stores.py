"""The cost of the stores: every decision on record, and clients' history from the history store."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import pyarrow as pa
from sqlalchemy import make_url

from benchmarks.load.rounds import Cell, Plan, Traffic, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, multiple, setting, three_digits
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from steps.run.serving import hardened_server
from steps.stores.publication import publish_set
from testing.postgres import fresh_database, postgres_cluster

OFF, SQLITE, POSTGRES, HISTORY = "log off", "log in SQLite", "log in PostgreSQL", "history from SQLite"
MIN_CONNECTIONS = 8  # from which on a log has goals
# The p50 at most, as a multiple of the p50 without a log, by the store and the number of workers.
MOST = {(SQLITE, 1): 1.2, (POSTGRES, 1): 1.4, (SQLITE, 2): 1.5, (POSTGRES, 2): 1.6}
ROUNDS_FACTOR = 2  # as many rounds as elsewhere: the differences are smaller
CLIENTS = 400  # in turn
WRITES = 50


def measure_stores(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """The hardened server with each store and without one, the same clients in turn."""
    plan = replace(plan, rounds=ROUNDS_FACTOR * plan.rounds)
    clients = subject.applications(CLIENTS)
    history = set(subject.decider.contract.history)
    whole = [decision_body(row, "none") for row in clients]
    without_history = [
        decision_body({name: value for name, value in row.items() if name not in history}, "none") for row in clients
    ]
    cells: list[Cell] = []
    with postgres_cluster() as postgres:
        variables: dict[str, dict[str, str]] = {
            OFF: {},
            SQLITE: {"DECISION_LOG_URI": f"sqlite:///{folder / 'decisions.db'}"},
            POSTGRES: {"DECISION_LOG_URI": fresh_database(postgres.url)},
        }
        if history:
            variables[HISTORY] = {"HISTORY_STORE_URI": _published(subject, folder)}
        for workers in plan.workers:
            server = partial(hardened_server, subject.uri, workers, log_file=None)
            serve = {name: partial(server, **environment) for name, environment in variables.items()}
            with running(serve) as urls:
                bodies = {name: without_history if name == HISTORY else whole for name in urls}
                traffic = {name: Traffic(url, bodies[name]) for name, url in urls.items()}
                rows = {f"{subject.fields} fields": traffic}
                cells += side_by_side(rows, workers, plan, f"stores, workers: {workers}")
    return Findings([stores_table(cells)], _notes(subject, plan, folder), goals(cells))


def stores_table(cells: Sequence[Cell]) -> Table:
    """The figures of each store, and its p50 as a multiple of the p50 without a store."""
    stores = [name for name in (SQLITE, POSTGRES, HISTORY) if name in cells[0].loads]
    rows = [
        [
            *(str(cell.workers), str(cell.connections)),
            *(figures(cell.loads[name]) for name in (OFF, *stores)),
            *(multiple(p50_ratio(cell, name)) for name in stores),
        ]
        for cell in cells
    ]
    header = ["workers", "conns", OFF, *stores, *(f"p50: {name}" for name in stores)]
    return Table("What the stores cost: the hardened server", header, rows)


def p50_ratio(cell: Cell, name: str) -> float:
    """The p50 of a store as a multiple of the p50 without one."""
    return cell.loads[name].p50 / cell.loads[OFF].p50


def goals(cells: Sequence[Cell]) -> list[Goal]:
    """A durable record costs a client little, when several connections share its write."""
    busy = [cell for cell in cells if cell.connections >= MIN_CONNECTIONS]
    return [
        Goal(
            f"hardened, {name} to {OFF}, p50, workers: {workers}, from {MIN_CONNECTIONS} connections on",
            most,
            {setting(workers, cell.connections): p50_ratio(cell, name) for cell in busy if cell.workers == workers},
            is_minimum=False,
        )
        for (name, workers), most in MOST.items()
    ]


def durable_write_seconds(folder: Path) -> float:
    """The median time of a durable write of 16 KB to the folder's disk, about the size of a decision's record."""
    content, seconds = os.urandom(16 * 1024), []
    with (folder / "written").open("wb", buffering=0) as file:
        for _ in range(WRITES):
            start = time.perf_counter()
            file.write(content)
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - start)
    return median(seconds)


def _published(subject: Subject, folder: Path) -> str:
    contract = subject.decider.contract
    store = f"sqlite:///{folder / 'history.db'}"
    values = subject.clients[list(contract.history)].astype("float64")
    arrays = [subject.clients[contract.id], *(values[name] for name in values)]
    batch = pa.RecordBatch.from_arrays([pa.array(each, from_pandas=True) for each in arrays], [contract.id, *values])
    publish_set(make_url(store), contract.history, [batch])
    return store


def _notes(subject: Subject, plan: Plan, folder: Path) -> str:
    milliseconds = 1000 * durable_write_seconds(folder)
    return (
        f"{CLIENTS} clients in turn, without reasons, {plan.rounds} rounds. PostgreSQL shares the cores with servers\n"
        "and client. Both databases wait for the disk at each commit: one write of 16 KB and its fsync take "
        f"{three_digits(milliseconds)} ms.\n"
        "With history from SQLite a request has the application's fields alone, and is completed from a set of\n"
        f"{len(subject.clients):,} clients; with the others it brings all {subject.fields} fields."
    )
