"""Endurance of the hardened server: resource usage over a soak, and answers under overload."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.endurance.overload import overload
from benchmarks.endurance.plot import endurance_plot
from benchmarks.endurance.soak import soak
from benchmarks.endurance.trial import Trial
from benchmarks.report import machine
from benchmarks.serving.subject import subject
from benchmarks.temporary_store import temporary_store
from steps.features import SAMPLE, feature_table
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET


def trials_of(
    table: FeatureTable, workers: int, connections: int, seconds: int, overload_seconds: int, settings: Settings
) -> Iterator[Trial]:
    """The soak, and then the overload, of one model with all fields."""
    with temporary_store(settings) as (folder, temporary):
        model = subject(table, table.fields, folder, temporary, read_policy())
        yield soak(model, folder, workers, connections, seconds)
        yield overload(model, workers, overload_seconds)


def main(
    data: Data = SAMPLE,
    seconds: Annotated[int, typer.Option(min=20, help="Duration of the soak.")] = 120,
    overload_seconds: Annotated[int, typer.Option(min=5, help="Duration of the overload.")] = 20,
    connections: Annotated[int, typer.Option(min=1, max=256, help="Concurrent connections of the soak.")] = 8,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Workers of the server.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for a page in Markdown and a picture.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Soak the hardened server, then load it with five times its capacity; status 1 if a check fails.

    The soak's decision log takes some GB of the temporary folder (TMPDIR) until the end.

    Example: python -m benchmarks.endurance --seconds 120 --out build/endurance
    """
    settings = Settings()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    page = [f"{machine()}. Workers: {workers}."]
    print(f"\n{page[0]}\n")
    trials = []
    for trial in trials_of(table, workers, connections, seconds, overload_seconds, settings):
        trials.append(trial)
        page.append(str(trial))
        print(f"\n{trial}\n", flush=True)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "endurance.md").write_text("\n\n".join(["# Endurance", *page]) + "\n", "utf-8")
        endurance_plot(trials).savefig(out / "endurance.png", dpi=100)
    if not all(check.holds for trial in trials for check in trial.checks):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
