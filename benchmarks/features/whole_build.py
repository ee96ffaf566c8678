"""The whole build of the feature table at growing size."""

import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb

from benchmarks.features.cost import cost_of
from benchmarks.report import Table
from steps.features import build
from steps.run.console import progress
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET, home_credit


def growth(data: Path, percents: Sequence[int], folder: Path, settings: Settings) -> Table:
    """Time and memory of the build by the share of the clients, from Parquet and, for the largest, from CSV."""
    rows = []
    for percent, suffix in [*((percent, "parquet") for percent in percents), (max(percents), "csv")]:
        part = part_of(data, percent, folder, suffix)
        with progress(f"{percent} % of the clients from {suffix}"):
            cost = cost_of(build_all, part, folder / "features.parquet", settings)
        clients = row_count(part / f"application_train.{suffix}")
        rows.append([f"{percent} %", suffix, f"{clients:,}", f"{cost.seconds:.1f}", f"{cost.memory:.2f}"])
    return Table("The whole build", ["clients", "files", "number", "seconds", "peak memory, GB"], rows)


def folder_of(folder: Path, percent: int, suffix: str) -> Path:
    """Where the tables of `percent` of the clients are."""
    return folder / f"{percent}-percent-{suffix}"


def part_of(data: Path, percent: int, folder: Path, suffix: str) -> Path:
    """A folder with the tables of `percent` of the clients, as Parquet or CSV."""
    part = folder_of(folder, percent, suffix)
    part.mkdir()
    clients = f"SELECT SK_ID_CURR FROM '{data}/application_train.parquet' WHERE SK_ID_CURR % 100 < {percent}"
    loans = f"SELECT SK_ID_BUREAU FROM '{data}/bureau.parquet' WHERE SK_ID_CURR % 100 < {percent}"
    for name in home_credit():
        condition = f"SK_ID_BUREAU IN ({loans})" if name == "bureau_balance" else f"SK_ID_CURR IN ({clients})"
        duckdb.sql(f"COPY (SELECT * FROM '{data}/{name}.parquet' WHERE {condition}) TO '{part}/{name}.{suffix}'")
    return part


def build_all(data: Path, out: Path, settings: Settings, engine: Engine = Engine.duckdb) -> None:
    """The whole build, without its output."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        build(str(data), out, engine, TARGET, ID, settings)


def row_count(file: Path) -> int:
    """Rows of a Parquet or CSV file."""
    ((count,),) = duckdb.execute(f"SELECT count(*) FROM '{file}'").fetchall()
    return count
