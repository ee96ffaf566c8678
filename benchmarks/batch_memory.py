"""Memory of `score` by the rows of a lender's file: it does not grow with them."""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import typer

from benchmarks.memory import memory
from benchmarks.report import Goal, Table, goals_summary, machine, show, three_digits
from benchmarks.temporary_store import temporary_store
from steps.features import feature_table
from steps.run.console import UserError, progress, run
from steps.run.policy import read_policy
from steps.run.settings import PROJECT, Engine, Settings
from steps.train import train

NUMBERS, LEVELS = 7, ("rent", "own", "other")
AT_ONCE = 100_000  # rows that are generated at once
TRAINED = 20_000  # rows of the model's own file
PARAMS = '{"rounds": 100, "patience": 100}'
MOST = 2_000.0  # MB


def lender_file(file: Path, rows: int, has_outcome: bool) -> Path:
    """A CSV file of ten columns: an id, seven numbers of which some are missing, a category and, or not, an outcome."""
    generator = np.random.default_rng(rows)
    writer = None
    for first in range(0, rows, AT_ONCE):
        table = _some(generator, first, min(AT_ONCE, rows - first), has_outcome)
        writer = writer or csv.CSVWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return file


def _some(generator: np.random.Generator, first: int, rows: int, has_outcome: bool) -> pa.Table:
    numbers = generator.normal(size=(NUMBERS, rows)).round(4)
    risk = 1 / (1 + np.exp(3 - numbers[0] - numbers[1]))
    columns = {f"amount_{place}": pa.array(each, mask=each > 2) for place, each in enumerate(numbers)}
    columns["home"] = pa.array(LEVELS).take(pa.array(generator.integers(0, len(LEVELS), rows)))
    last = pa.array((generator.random(rows) < risk).astype(np.int64)) if has_outcome else pa.array(numbers[0] + 1)
    return pa.table({"client": pa.array(range(first, first + rows)), **columns, "bad" if has_outcome else "note": last})


def scored(uri: str, file: Path, out: Path, tracking_uri: str) -> tuple[float, float]:
    """Seconds and most MB of `score` with its processes."""
    command = [sys.executable, "-m", "steps.score", "--data", str(file), "--out", str(out), "--model-uri", uri]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri}
    start = perf_counter()
    with memory(own=False) as found:
        ended = subprocess.run(
            [*command, "--reasons", "none"], cwd=PROJECT, env=environment, capture_output=True, text=True
        )
    if ended.returncode:
        raise UserError(f"score failed: {ended.stderr.strip()[-500:]}")
    return perf_counter() - start, found.most


def main(
    rows: Annotated[list[int], typer.Option(min=1_000, help="Rows of a portfolio; repeat for more.")] = [  # noqa: B006
        250_000,
        1_000_000,
        2_000_000,
    ],
    out: Annotated[Path | None, typer.Option(help="File for the table in Markdown.")] = None,
) -> None:
    """Measure the memory of `score` on a lender's CSV files of ten columns, one after the other, without reasons.

    Example: python -m benchmarks.batch_memory --rows 1000000 --rows 2000000
    """
    settings, policy = Settings(), read_policy()
    lines, most = [], {}
    with temporary_store(settings) as (folder, temporary):
        with progress("training a model of a lender's file"):
            own = lender_file(folder / "own.csv", TRAINED, has_outcome=True)
            table = feature_table(str(own), "bad", "client", Engine.duckdb, temporary)
            uri = train(table, "batch-memory", temporary, policy, PARAMS).uri
        for count in rows:
            file = lender_file(folder / "portfolio.csv", count, has_outcome=False)
            with progress(f"scoring {count:,} rows"):
                seconds, megabytes = scored(uri, file, folder / f"{count}.parquet", temporary.tracking_uri)
            print(f"  {count:,} rows: {megabytes:,.0f} MB, {seconds:,.0f} s")
            most[f"for {count:,} rows"] = megabytes
            size = f"{file.stat().st_size / 1e6:,.0f}"
            lines.append([f"{count:,}", size, f"{seconds:,.0f}", three_digits(count / seconds), f"{megabytes:,.0f}"])
    header = ["rows", "MB of CSV", "seconds", "rows a second", "most MB"]
    show([Table(f"`score` with {settings.cores} processes, ten columns, without reasons", header, lines)], out)
    print(goals_summary([Goal("memory", MOST, most, is_minimum=False, unit=" MB")]))
    print(machine())


if __name__ == "__main__":
    run(main)
