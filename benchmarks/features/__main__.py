"""How the feature table's cost grows with the clients, and the same features beside plain pandas."""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import typer

from benchmarks.features.with_pandas import pandas_features
from benchmarks.report import Table, as_markdown, as_text, three_digits
from steps.features import build
from steps.run.console import UserError, progress, run
from steps.run.settings import Settings
from steps.sample import write_sample
from steps.tables.aggregation import aggregate, features_of
from steps.tables.engines import Engine, backend_of
from steps.tables.home_credit import ID, TARGET, home_credit
from steps.tables.raw_tables import read_raw, typed
from steps.tables.recipes import RECIPES, TableRecipes

INSTALMENTS = "installments_payments"
PACKAGES = ("duckdb", "ibis-framework", "pandas", "pyarrow")
# The features of the largest table, without and with those that pandas has no loop in C for.
SUBSETS = {"without slopes": lambda function: function != "SLOPE", "all of the table": lambda function: True}


class Cost(NamedTuple):
    """Seconds on the clock and the largest resident memory of the process, in GB."""

    seconds: float
    memory: float


def subset(name: str) -> TableRecipes:
    """The recipes of the instalments whose functions are in a part."""
    made = RECIPES[INSTALMENTS]
    chosen = [
        replace(recipe, functions=" ".join(filter(SUBSETS[name], recipe.functions.split()))) for recipe in made.recipes
    ]
    return replace(made, recipes=tuple(recipe for recipe in chosen if recipe.functions))


def cost_of(work: Callable[..., object], *given: object) -> Cost:
    """What a function of a module costs in a process of its own; starting it is not counted."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, work, given).result()


def _measured(work: Callable[..., object], given: tuple) -> Cost:
    start = time.perf_counter()
    work(*given)
    seconds = time.perf_counter() - start
    # Not getrusage, whose maximum a process inherits from the one that started it.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return Cost(seconds, int(line.split()[1]) / 2**20)


def build_all(data: Path, out: Path) -> None:
    """The whole build, its words aside."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        build(str(data), out, Engine.duckdb, TARGET, ID, Settings())


def side_by_side(file: Path, name: str, folder: Path) -> tuple[Cost, Cost]:
    """This project and pandas; raise `UserError` where their values differ."""
    outs = folder / "ours.parquet", folder / "pandas.parquet"
    costs = cost_of(ours, file, name, outs[0]), cost_of(pandas, file, name, outs[1])
    _agree(*map(pd.read_parquet, outs))
    return costs


def ours(file: Path, name: str, out: Path) -> None:
    """The features as the feature table has them."""
    types = home_credit()[INSTALMENTS].types
    with (
        tempfile.TemporaryDirectory(dir=out.parent) as aside,
        backend_of(Engine.duckdb, Settings(), Path(aside)) as backend,
    ):
        table = aggregate(subset(name), typed(read_raw(backend, file, types), types)).order_by(ID)
        backend.con.sql(backend.compile(table)).df().set_index(ID).to_parquet(out)


def pandas(file: Path, name: str, out: Path) -> None:
    """The features as a notebook has them."""
    pandas_features(file, subset(name)).to_parquet(out)


def _agree(one: pd.DataFrame, other: pd.DataFrame) -> None:
    if not one.index.equals(other.index) or list(one) != list(other):
        raise UserError("the two ways have other clients or features")
    for name in one:
        scale = max(1.0, float(np.nanmax(np.abs(one[name]), initial=0.0)))
        if not np.allclose(one[name], other[name], rtol=1e-6, atol=1e-6 * scale, equal_nan=True):
            raise UserError(f"the two ways disagree on {name}")


def part_of(data: Path, percent: int, folder: Path, suffix: str) -> Path:
    """A folder with the tables of so many in a hundred clients, as Parquet or CSV."""
    part = folder / f"{percent}-percent-{suffix}"
    part.mkdir()
    clients = f"SELECT SK_ID_CURR FROM '{data}/application_train.parquet' WHERE SK_ID_CURR % 100 < {percent}"
    loans = f"SELECT SK_ID_BUREAU FROM '{data}/bureau.parquet' WHERE SK_ID_CURR % 100 < {percent}"
    for name in home_credit():
        whose = f"SK_ID_BUREAU IN ({loans})" if name == "bureau_balance" else f"SK_ID_CURR IN ({clients})"
        duckdb.sql(f"COPY (SELECT * FROM '{data}/{name}.parquet' WHERE {whose}) TO '{part}/{name}.{suffix}'")
    return part


def growth(data: Path, percents: Sequence[int], folder: Path) -> Table:
    """Time and memory of the whole build as the clients become more."""
    rows = []
    for percent, suffix in [*((percent, "parquet") for percent in percents), (max(percents), "csv")]:
        part = part_of(data, percent, folder, suffix)
        with progress(f"{percent} % of the clients from {suffix}"):
            cost = cost_of(build_all, part, folder / "features.parquet")
        clients = duckdb.sql(f"SELECT count(*) FROM '{part}/application_train.{suffix}'").fetchall()[0][0]
        rows.append([f"{percent} %", suffix, f"{clients:,}", f"{cost.seconds:.1f}", f"{cost.memory:.2f}"])
    return Table("The whole build", ["clients", "files", "number", "seconds", "memory at most, GB"], rows)


def contest(folder: Path, percents: Sequence[int]) -> Table:
    """This project beside pandas on the instalments."""
    rows = []
    for percent in percents:
        file = folder / f"{percent}-percent-parquet" / f"{INSTALMENTS}.parquet"
        number = duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]
        for name in SUBSETS:
            with progress(f"{percent} %, {name}, beside pandas"):
                own, other = side_by_side(file, name, folder)
            rows.append(
                [
                    *(f"{percent} %", f"{number:,}", f"{len(list(features_of(subset(name))))} {name}"),
                    *(f"{three_digits(cost.seconds)} / {cost.memory:.2f}" for cost in (own, other)),
                    f"{other.seconds / own.seconds:.1f} x",
                ]
            )
    header = ["clients", "rows", "features", "this project", "pandas", "times faster"]
    return Table("Instalments beside pandas: seconds / GB at most, the same values", header, rows)


def main(
    data: Annotated[
        Path | None, typer.Option(help="A folder of the seven tables in Parquet; generated if none.")
    ] = None,
    clients: Annotated[int, typer.Option(min=1_000, help="How many clients to generate.")] = 307_511,
    percents: Annotated[list[int], typer.Option(min=1, max=100, help="Of the clients; repeatable.")] = [1, 10, 100],  # noqa: B006
    pandas_percents: Annotated[list[int], typer.Option(min=1, max=100, help="Of them beside pandas.")] = [1, 10],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="Write the tables as Markdown to this file, too.")] = None,
) -> None:
    """Measure the whole build at growing size, and a part of it beside pandas.

    Example: python -m benchmarks.features --out build/features.md
    """
    if not set(pandas_percents) <= set(percents):
        raise UserError("--pandas-percents: expected some of --percents")
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=Settings().data_folder) as name:
        folder = Path(name)
        if data is None:
            data = folder / "sample"
            with progress(f"generating {clients:,} clients"):
                write_sample(data, clients, Settings().seed)
        tables = [growth(data, sorted(percents), folder), contest(folder, sorted(pandas_percents))]
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    notes = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}.\n"
        "Generated clients; each figure is of a process of its own, without its start. The whole build counts its\n"
        "checks and the writing of the table; beside pandas it is reading the file, computing and writing the result\n"
        "of the instalments alone, whose values are compared. pandas has no loop in C for the slopes: a notebook\n"
        "fits a line for each client."
    )
    print("\n" + "\n\n".join([notes, *map(as_text, tables)]))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(["# Building the feature table", notes, *map(as_markdown, tables)]) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
