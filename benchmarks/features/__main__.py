"""The cost of the feature table as the clients grow, and of plain pandas for the same features."""

import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.features.engines import engines_table
from benchmarks.features.instalments import instalments_table
from benchmarks.features.whole_build import folder_of, growth
from benchmarks.report import as_markdown, as_text
from steps.run.console import UserError, progress, run
from steps.run.settings import Settings
from steps.sample import write_sample

PERCENTS, WITH_PANDAS = [1, 10, 100], [1, 10]
PACKAGES = ("duckdb", "ibis-framework", "pandas", "pyarrow")


def main(
    data: Annotated[Path | None, typer.Option(help="Folder of the seven tables in Parquet; empty: a sample.")] = None,
    clients: Annotated[int, typer.Option(min=1_000, help="Clients of the generated sample.")] = 307_511,
    percents: Annotated[list[int], typer.Option(min=1, max=100, help="Share of the clients; repeatable.")] = PERCENTS,
    pandas_percents: Annotated[
        list[int], typer.Option(min=1, max=100, help="Shares to compare with pandas; repeatable.")
    ] = WITH_PANDAS,
    spark: Annotated[bool, typer.Option(help="Build each share by Spark too, on this machine; needs Java 17.")] = False,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
) -> None:
    """Measure the whole build at growing size, a part of it against pandas, and the engines against each other.

    Example: python -m benchmarks.features --spark --out build/features.md
    """
    if not set(pandas_percents) <= set(percents):
        raise UserError("--pandas-percents: expected values of --percents only")
    settings = Settings()
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=settings.data_folder) as name:
        folder = Path(name)
        if data is None:
            data = folder / "sample"
            with progress(f"generating {clients:,} clients"):
                write_sample(data, clients, settings.seed)
        tables = [
            growth(data, sorted(percents), folder, settings),
            instalments_table(folder, sorted(pandas_percents), settings),
        ]
        if spark:
            parts = [folder_of(folder, percent, "parquet") for percent in sorted(percents)]
            tables.append(engines_table(parts, settings))
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    notes = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}.\n"
        "Generated clients; each figure is of a process of its own, without its start. The whole build includes its\n"
        "checks and the writing of the table. Against pandas, both read the file, compute the features of the\n"
        "instalments alone and write them; their values are compared. pandas has no loop in C for the slopes: a\n"
        "notebook fits a line for each client."
    )
    print("\n" + "\n\n".join([notes, *map(as_text, tables)]))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(["# Building the feature table", notes, *map(as_markdown, tables)]) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
