"""The speed and the memory of a replay of decisions with all fields, by the version that made them."""

import time
from typing import Annotated

import typer

from benchmarks.memory import memory
from benchmarks.replay.recorded_log import write_log
from benchmarks.report import Table, as_text
from benchmarks.serving.subject import subject
from benchmarks.temporary_store import temporary_store
from custom_model.origin import Origin
from steps.features import SAMPLE, feature_table
from steps.replay import Request, Under, replay
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from steps.traffic.recorded import Span


def main(
    decisions: Annotated[int, typer.Option(min=1, help="Decisions on record; a million take 6 GB.")] = 100_000,
    data: Data = SAMPLE,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Record decisions with all fields of a new model, and replay them with it.

    Example: python -m benchmarks.replay --decisions 1000000
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    with temporary_store(settings) as (folder, temporary):
        model = subject(table, table.fields, folder, temporary, policy)
        name, file = f"benchmark-{len(table.fields)}", folder / "decisions.db"
        write_log(model, Origin(name, "1"), file, decisions)
        gigabytes = file.stat().st_size / 1e9
        start = time.perf_counter()
        with memory() as used:
            report = replay("1", Under.own, Request(Span(name), f"sqlite:///{file}"), temporary, policy)
        seconds = time.perf_counter() - start
    own = report.facts.own
    rows = [[
        f"{decisions:,}", f"{model.fields:,}", f"{gigabytes:.1f} GB", f"{seconds:.0f} s", f"{decisions / seconds:,.0f}",
        f"{used.most:,.0f} MB", f"{own.same_probability:,}",
    ]]  # fmt: skip
    header = ["decisions", "fields", "log", "replay", "a second", "memory at most", "same bits"]
    print(f"\n{as_text(Table('Replay, the report included', header, rows))}\n")


if __name__ == "__main__":
    run(main)
