"""Endurance of the hardened server: what it holds after a soak, and what it does when far too much comes."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.endurance.findings import Endured
from benchmarks.endurance.overload import overload
from benchmarks.endurance.plot import endurance_plot
from benchmarks.endurance.soak import soak
from benchmarks.report import machine
from benchmarks.serving.subject import subject
from benchmarks.tracking_store import store_of_its_own
from steps.features import SAMPLE, feature_table
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET


def endured(
    table: FeatureTable, workers: int, connections: int, seconds: int, overload_seconds: int
) -> Iterator[Endured]:
    """The soak, and then the overload, of one model with all fields."""
    with store_of_its_own() as folder:
        model = subject(table, table.fields, folder)
        yield soak(model, folder, workers, connections, seconds)
        yield overload(model, workers, overload_seconds)


def main(
    data: Data = SAMPLE,
    seconds: Annotated[int, typer.Option(min=20, help="How long the soak lasts.")] = 120,
    overload_seconds: Annotated[int, typer.Option(min=5, help="How long the overload lasts.")] = 20,
    connections: Annotated[int, typer.Option(min=1, max=256, help="That ask at once in the soak.")] = 8,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Of the server.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for the figures, in Markdown, and a picture.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Soak the hardened server, then bring it five times what it can do; status 1 where something grows or is lost.

    The soak's log takes some GB of the temporary folder (TMPDIR) until the end.

    Example: python -m benchmarks.endurance --seconds 120 --out build/endurance
    """
    table = feature_table(data, target, id, Engine.duckdb, Settings())
    told = [f"{machine()}. Workers: {workers}."]
    print(f"\n{told[0]}\n")
    found = []
    for each in endured(table, workers, connections, seconds, overload_seconds):
        found.append(each)
        told.append(str(each))
        print(f"\n{each}\n", flush=True)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "endurance.md").write_text("\n\n".join(["# Endurance", *told]) + "\n", "utf-8")
        endurance_plot(found).savefig(out / "endurance.png", dpi=100)
    if not all(check.holds for each in found for check in each.checks):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
