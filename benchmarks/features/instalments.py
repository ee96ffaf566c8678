"""The features of the instalments against plain pandas: time and memory for the same values."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.features.cost import Cost, cost_of
from benchmarks.features.pandas_features import pandas_features
from benchmarks.features.whole_build import row_count
from benchmarks.report import Table, three_digits
from steps.run.console import UserError, progress
from steps.run.settings import Engine, Settings
from steps.tables.aggregation import aggregate, features_of
from steps.tables.engines import backend_of
from steps.tables.home_credit import ID, home_credit
from steps.tables.raw_tables import read_raw, typed
from steps.tables.recipes import RECIPES, TableRecipes

INSTALMENTS = "installments_payments"
# Features of the largest table, without and with the slopes, for which pandas has no loop in C.
SUBSETS = {"without slopes": lambda function: function != "SLOPE", "all of the table": lambda function: True}


def subset(name: str) -> TableRecipes:
    """The recipes of the instalments with the functions of a subset."""
    table = RECIPES[INSTALMENTS]
    recipes = [
        replace(recipe, functions=" ".join(filter(SUBSETS[name], recipe.functions.split()))) for recipe in table.recipes
    ]
    return replace(table, recipes=tuple(recipe for recipe in recipes if recipe.functions))


def instalments_table(folder: Path, percents: Sequence[int], settings: Settings) -> Table:
    """This project and pandas on the instalments of each share of the clients."""
    rows = []
    for percent in percents:
        file = folder / f"{percent}-percent-parquet" / f"{INSTALMENTS}.parquet"
        for name in SUBSETS:
            with progress(f"{percent} %, {name}, against pandas"):
                own, pandas = side_by_side(file, name, folder, settings)
            rows.append(
                [
                    *(f"{percent} %", f"{row_count(file):,}", f"{len(list(features_of(subset(name))))} {name}"),
                    *(f"{three_digits(cost.seconds)} / {cost.memory:.2f}" for cost in (own, pandas)),
                    f"{pandas.seconds / own.seconds:.1f} x",
                ]
            )
    header = ["clients", "rows", "features", "this project", "pandas", "times faster"]
    return Table("Instalments against pandas: seconds / peak GB, the same values", header, rows)


def side_by_side(file: Path, name: str, folder: Path, settings: Settings) -> tuple[Cost, Cost]:
    """The cost of this project and of pandas; raises `UserError` if their values differ."""
    outs = folder / "project.parquet", folder / "pandas.parquet"
    costs = cost_of(with_project, file, name, outs[0], settings), cost_of(with_pandas, file, name, outs[1])
    check_agreement(*map(pd.read_parquet, outs))
    return costs


def with_project(file: Path, name: str, out: Path, settings: Settings) -> None:
    """The features by the project's recipes."""
    types = home_credit()[INSTALMENTS].types
    with (
        tempfile.TemporaryDirectory(dir=out.parent) as spill,
        backend_of(Engine.duckdb, settings, Path(spill)) as backend,
    ):
        table = aggregate(subset(name), typed(read_raw(backend, file, types), types)).order_by(ID)
        backend.con.sql(backend.compile(table)).df().set_index(ID).to_parquet(out)


def with_pandas(file: Path, name: str, out: Path) -> None:
    """The features by plain pandas, as in a notebook."""
    pandas_features(file, subset(name)).to_parquet(out)


def check_agreement(project: pd.DataFrame, pandas: pd.DataFrame) -> None:
    """Raise `UserError` unless both have the same clients, features and values."""
    if not project.index.equals(pandas.index) or list(project) != list(pandas):
        raise UserError("this project and pandas have other clients or features")
    for name in project:
        scale = max(1.0, float(np.nanmax(np.abs(project[name]), initial=0.0)))
        if not np.allclose(project[name], pandas[name], rtol=1e-6, atol=1e-6 * scale, equal_nan=True):
            raise UserError(f"this project and pandas disagree on {name}")
