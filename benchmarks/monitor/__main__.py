"""The speed and the memory of watching a window of traffic, whole, and beside Evidently on the same rows."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.memory import memory
from benchmarks.monitor.beside_evidently import evidently_seconds
from benchmarks.monitor.recorded_export import write_export
from benchmarks.report import Table, as_text
from benchmarks.serving.subject import subject
from benchmarks.temporary_store import temporary_store
from custom_model.origin import Origin
from steps.features import SAMPLE, feature_table
from steps.monitor import ALARM
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET


def watched(name: str, export: Path, settings: Settings) -> tuple[float, float]:
    """Seconds of the command, its start included, and megabytes of all of its processes at most."""
    command = [sys.executable, "-m", "steps.monitor", "--model", f"{name}/1", "--export", str(export)]
    start = time.perf_counter()
    with memory(own=False) as used:
        ended = subprocess.run(command, env={**os.environ, "MLFLOW_TRACKING_URI": settings.tracking_uri})
    if ended.returncode not in (0, ALARM):
        raise RuntimeError(f"monitor ended with exit status {ended.returncode}")
    return time.perf_counter() - start, used.most


def main(
    decisions: Annotated[int, typer.Option(min=1, help="Decisions in the export; a million take 6 GB.")] = 100_000,
    fields: Annotated[int, typer.Option(min=20, help="Fields of each.")] = 300,
    beside: Annotated[int, typer.Option(min=0, help="Rows that Evidently compares, too; 0: none.")] = 2_000,
    data: Data = SAMPLE,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Export decisions of a new model and watch them: read, counted, compared, reported. Evidently is given a few rows.

    Example: python -m benchmarks.monitor --decisions 1000000 --beside 20000
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    chosen = table.fields[:fields]
    with temporary_store(settings) as (folder, temporary):
        model = subject(table, chosen, folder, temporary, policy)
        name = f"benchmark-{len(chosen)}"
        file = write_export(model, Origin(name, "1"), folder, decisions)
        gigabytes = file.stat().st_size / 1e9
        seconds, megabytes = watched(name, file, temporary)
        tables = [
            Table(
                "A window watched, the report included",
                ["decisions", "fields", "export", "seconds", "a second", "memory at most"],
                [[f"{decisions:,}", f"{len(chosen):,}", f"{gigabytes:.1f} GB", f"{seconds:.0f}",
                  f"{decisions / seconds:,.0f}", f"{megabytes:,.0f} MB"]],
            )
        ]  # fmt: skip
        if beside:
            file.unlink()
            small = folder / "beside"
            small.mkdir()
            own, _ = watched(name, write_export(model, Origin(name, "1"), small, beside), temporary)
            theirs = evidently_seconds(table.frame[list(chosen)], beside, settings.seed)
            rate = decisions / seconds * theirs / beside
            tables.append(
                Table(
                    f"Beside Evidently's drift report on {beside:,} rows of {len(chosen):,} fields",
                    ["Evidently, s", "monitor, s", "rows a second: monitor on the window over Evidently on these rows"],
                    [[f"{theirs:.0f}", f"{own:.0f}", f"{rate:,.0f} times"]],
                )
            )
    for each in tables:
        print(f"\n{as_text(each)}\n")


if __name__ == "__main__":
    run(main)
