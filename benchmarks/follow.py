"""A hardened server that follows its alias: changes forth and back under load, and what they cost its clients."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import requests
import typer
from mlflow import MlflowClient
from sqlalchemy import create_engine, select

from benchmarks.endurance.resources import Usage, usage_of
from benchmarks.endurance.trial import Check, Trial, growth_check
from benchmarks.load.closed_loop import percentile
from benchmarks.load.connection import request_of
from benchmarks.load.unbroken import Decided, UnbrokenClients
from benchmarks.report import machine, three_digits
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject, subject
from benchmarks.temporary_store import temporary_store
from custom_model.decision_log.schema import decisions
from steps.features import SAMPLE, feature_table
from steps.policy import change_policy
from steps.run.console import UserError, progress, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import Policy, read_policy
from steps.run.serving import hardened_server
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from testing.processes import processes_of, workers_of

ALIAS = "champion"
EVERY = 0.5  # seconds between two questions to the registry
LONGEST = 300.0  # seconds that a change may take
PAUSE = 2.0  # seconds after a change
MOST_TIMES = 3.0  # p99 during a change over that before
MEMORY_GROWTH = 5.0  # percent, of the whole server, from before the first change to after the last
CLIENTS = 400  # in turn
READINGS, PROBES = 5, 10  # of the usage, and before each: connections of their own, to whatever worker


class Change(NamedTuple):
    """A change: the alias is moved, a worker of the version first answers, the last worker of the other has ended."""

    moved: float
    first: float
    ended: float


def follow(subject: Subject, lenient: str, folder: Path, workers: int, connections: int, changes: int) -> Trial:
    """Move the alias forth and back, so many times, while the clients ask without a pause and the log is on."""
    name, version = subject.uri.removeprefix("models:/").split("/")
    versions = (version, lenient)
    MlflowClient().set_registered_model_alias(name, ALIAS, version)
    log = f"sqlite:///{folder / 'follow.db'}"
    with hardened_server(f"models:/{name}@{ALIAS}", workers, follow=EVERY, DECISION_LOG_URI=log) as url:
        rows = subject.applications(CLIENTS)
        clients = UnbrokenClients(url, [request_of(url, decision_body(row, "none")) for row in rows])
        with clients.asking(connections):
            time.sleep(10 * PAUSE)
            before, started = _settled_usage(url), time.perf_counter()
            made = []
            for number in range(changes):
                with progress(f"change {number + 1} of {changes}"):
                    made.append(_change(url, name, versions[(number + 1) % 2], workers))
                time.sleep(PAUSE)
            after = _settled_usage(url)
    with create_engine(log).connect() as connection:
        recorded = set(connection.scalars(select(decisions.c.decision_id)))
    unrecorded = sum(each.decision not in recorded for each in clients.decided)
    unanswered = len(recorded) - (len(clients.decided) - unrecorded)
    title = f"Following: {changes} changes, {connections} connections, workers: {workers}, log in SQLite"
    return Trial(
        title,
        summary(clients.decided, made, started),
        [
            Check(f"{len(clients.failures)} failed of {len(clients.decided):,} requests", not clients.failures),
            Check(f"{unrecorded} answers without a record, {unanswered} records without one", not unrecorded),
            p99_check(clients.decided, made, started),
            *growth_checks(before, after),
        ],
        [before, after],
    )


def summary(decided: Sequence[Decided], changes: Sequence[Change], started: float) -> str:
    """The latencies before and during the changes, and how long these took."""
    before, during = during_and_before(decided, changes, started)
    first = median(change.first - change.moved for change in changes)
    ended = median(change.ended - change.moved for change in changes)
    worst = max(percentile(_within(decided, change), 99) for change in changes)
    figures = " / ".join(
        three_digits(1000 * percentile(seconds, percent)) for seconds in (before, during) for percent in (50, 99)
    )
    return (
        f"p50 / p99 in ms before the first change and during all: {figures}; p99 of the worst change "
        f"{three_digits(1000 * worst)} ms;\n"
        f"slowest answer {three_digits(1000 * max(during))} ms. From the move of the alias to the first answer of "
        f"the version {first:.1f} s, to the end of the\nlast worker of the other {ended:.1f} s (medians)."
    )


def during_and_before(
    decided: Sequence[Decided], changes: Sequence[Change], started: float
) -> tuple[list[float], list[float]]:
    """Seconds of each answer before the first change, and during one."""
    before = [each.seconds for each in decided if each.at < started]
    during = [seconds for change in changes for seconds in _within(decided, change)]
    if not before or not during:
        raise UserError("no answers before or during the changes: the server does not answer")
    return before, during


def p99_check(decided: Sequence[Decided], changes: Sequence[Change], started: float) -> Check:
    """The p99 of all answers during changes, over that before the first."""
    before, during = during_and_before(decided, changes, started)
    times = percentile(during, 99) / percentile(before, 99)
    return Check(f"p99 during a change {times:.2f} times that before, at most {MOST_TIMES:g}", times <= MOST_TIMES)


def growth_checks(before: Usage, after: Usage) -> list[Check]:
    """Memory, open files and threads of the whole server after the last change, against those before the first."""
    return [
        growth_check("memory", before.memory, after.memory, MEMORY_GROWTH, " MB"),
        growth_check("handles", before.handles, after.handles, 0.0),
        growth_check("threads", before.threads, after.threads, 0.0),
    ]


def _within(decided: Sequence[Decided], change: Change) -> list[float]:
    return [each.seconds for each in decided if change.moved <= each.at < change.ended]


def _change(url: str, name: str, version: str, workers: int) -> Change:
    former = set(workers_of(url))
    MlflowClient().set_registered_model_alias(name, ALIAS, version)
    moved = time.perf_counter()
    first = 0.0
    while time.perf_counter() - moved < LONGEST:
        answer = requests.get(f"{url}/ready", timeout=60).json()
        if answer["following"]["problem"]:
            raise UserError(f"the server does not follow: {answer['following']['problem']}")
        now, running = time.perf_counter(), set(workers_of(url))
        if answer["model"] == f"{name}/{version}":
            first = first or now
            if not former & running and len(running) == workers:
                return Change(moved, first, now)
        time.sleep(0.1)
    raise UserError(f"version {version} did not take over within {LONGEST:.0f} s")


def _settled_usage(url: str) -> Usage:
    """The median of some readings, once each worker has begun all its threads: those of its readiness, too."""
    readings = []
    for _ in range(READINGS):
        for _ in range(PROBES):
            requests.get(f"{url}/ready", timeout=60).raise_for_status()
        readings.append(usage_of(processes_of(url)))
        time.sleep(PAUSE)
    return Usage(0.0, *(median(getattr(each, name) for each in readings) for name in ("memory", "handles", "threads")))


def other_costs(policy: Policy) -> Policy:
    """The policy with a missed default half as dear: it decides about other clients."""
    costs = policy.costs.model_copy(update={"false_negative": policy.costs.false_negative / 2})
    return policy.model_copy(update={"costs": costs})


def main(
    data: Data = SAMPLE,
    changes: Annotated[int, typer.Option(min=2, help="Changes of the version, forth and back.")] = 20,
    connections: Annotated[int, typer.Option(min=1, max=256, help="Concurrent connections.")] = 32,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Workers of the server.")] = 2,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Change the version of a server forth and back under load; status 1 if a check fails.

    Client and server share this machine. The decision log takes some GB of the temporary folder (TMPDIR).

    Example: python -m benchmarks.follow --changes 20 --connections 32
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    print(f"\n{machine()}\n")
    with temporary_store(settings) as (folder, temporary):
        model = subject(table, table.fields, folder, temporary, policy)
        name, version = model.uri.removeprefix("models:/").split("/")
        lenient = change_policy(name, version, temporary, other_costs(policy))
        trial = follow(model, str(lenient), folder, workers, connections, changes)
    print(f"\n{trial}\n")
    if not all(check.holds for check in trial.checks):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
