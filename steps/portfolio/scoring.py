"""The decisions on a portfolio: tasks in processes with the version's own code, parts, one file."""

import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from custom_model.columns.answers import answer_schema
from custom_model.contract import Contract
from steps.portfolio.applications_file import Portfolio
from steps.portfolio.journal import FILE, SCORING, Journal, Scoring, folder_of, taken
from steps.portfolio.log import forget_unrecorded
from steps.portfolio.own_code import TASKS, Orders
from steps.portfolio.parts import TOTALS, join, part_of, totals_of
from steps.portfolio.stores import stores_of
from steps.portfolio.tasks import Task, tasks_of
from steps.portfolio.totals import Totals
from steps.run.console import UserError, counted, listed, progress
from steps.tables.unchanged import Snapshot
from steps.traffic.answering import AHEAD, answering_processes

LISTED = 5  # fields that a message names
Values = Mapping[str, Any]
Decide = Callable[[Orders, Sequence[tuple[Task, bool]]], Iterable[Task]]
"""Decides tasks, each with whether it may have been decided before, and yields those that are done."""


def decide_portfolio(
    portfolio: Portfolio, scoring: Scoring, contract: Values, out: Path, processes: int, decide: Decide
) -> Totals:
    """Decide all applications, and write the decisions in their order; return what they add up to.

    A scoring that was ended goes on where it ended: tasks whose part is there, and on record, are done, and what the
    others have on record is not recorded again. Raise `UserError` where the version cannot decide these applications,
    or a store fails; what is done is kept for the next try.
    """
    check_columns(portfolio, contract)
    snapshot = Snapshot([portfolio.path])
    folder = folder_of(out)
    is_begun = folder.joinpath(FILE).exists()
    journal = Journal.begun(folder, scoring, tasks_of(portfolio.path, processes))
    read = Contract(**contract)
    orders = Orders(
        path=portfolio.path.resolve(),
        folder=folder.resolve(),
        identity=read.id,
        id_is_text=read.id_is_text,
        columns=tuple(name for name in pq.read_schema(portfolio.path).names if name in read.names),
        reasons=scoring.reasons,
        record=scoring.record,
        schema_hex=answer_schema(read).serialize().to_pybytes().hex(),
        key=journal.key,
        milliseconds=journal.milliseconds,
    )
    if is_begun and scoring.record:
        forget_unrecorded([part_of(folder, task.number) for task in journal.tasks])
    left = [*journal.left(folder)]
    done = portfolio.rows - sum(task.rows for task in left)
    if is_begun:
        print(f"  goes on after {counted(done, 'application')} of {portfolio.rows:,}")
    with tqdm(total=portfolio.rows, initial=done, desc="  deciding", unit=" applications", unit_scale=True) as bar:
        try:
            for task in decide(orders, [(task, is_begun) for task in left]):
                bar.update(task.rows)
        except UserError:
            snapshot.check()  # a file that was replaced meanwhile looks damaged
            raise
    snapshot.check()
    parts = [part_of(folder, task.number) for task in journal.tasks]
    totals = Totals.added(totals_of(part) for part in parts)
    if out.exists():  # it has come meanwhile
        raise taken(out)
    with progress(f"writing {out}"):
        join(parts, out, {SCORING: scoring.model_dump_json().encode(), TOTALS: totals.model_dump_json().encode()})
    shutil.rmtree(folder, ignore_errors=True)
    return totals


def in_processes(model_uri: str, processes: int) -> Decide:
    """Decides tasks in processes of this machine."""

    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        if not tasks:
            return
        arguments = [model_uri, orders.model_dump_json()]
        failure = f"{model_uri} broke off while it decided"
        count = min(processes, len(tasks))
        with answering_processes(
            "steps.portfolio.own_code", arguments, TASKS, failure, count, stores_of(orders.record)
        ) as ask:
            waiting: deque[tuple[Task, Future[pa.RecordBatch]]] = deque()
            for task, is_repeated in tasks:
                question = [pa.array([task.model_dump_json()]), pa.array([is_repeated])]
                waiting.append((task, ask(pa.record_batch(question, schema=TASKS))))
                if len(waiting) >= AHEAD * count:
                    yield _done(*waiting.popleft())
            while waiting:
                yield _done(*waiting.popleft())

    return decide


def _done(task: Task, answer: "Future[pa.RecordBatch]") -> Task:
    answer.result()
    return task


def check_columns(portfolio: Portfolio, contract: Values) -> None:
    """Raise `UserError` where the portfolio lacks a column that each application must have, or the clients' id.

    Print which other fields are missing, and which columns are not read.
    """
    columns = set(pq.read_schema(portfolio.path).names)
    fields = [*contract["numeric"], *sorted(contract["categories"])]
    history = set(contract.get("history", ()))
    missing = [name for name in fields if name not in columns]
    demanded = {*contract.get("required", ()), *(set(contract.get("declared", ())) - history)}
    needed = [name for name in missing if name in demanded]
    if needed or len(missing) > len(fields) / 2:
        first = f", {listed(needed, LISTED)} among them, which each application must have" if needed else ""
        raise UserError(
            f"data: {portfolio.data.name} lacks {len(missing):,} of the model's {len(fields):,} fields{first}: "
            f"{listed(missing, LISTED)}. Decide about applications to the lender whose model this is"
        )
    if contract["id"] not in columns:
        raise UserError(
            f"id: expected the column {contract['id']} of the clients' ids, as in the model's own data, found "
            f"{portfolio.identity}: name it with -P id="
        )
    unread = sorted(columns - {contract["id"], *fields})
    if unread:
        names = listed(unread, LISTED)
        print(f"  {counted(len(unread), 'column')} of the data that the model does not have: not read: {names}")
    if missing:
        print(
            f"  warning: {counted(len(missing), 'field')} of the model are not in the data: {listed(missing, LISTED)}"
        )
