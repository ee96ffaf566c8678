"""The build of the feature table by DuckDB and by Spark, on the same machine and from the same files."""

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.features.cost import cost_of
from benchmarks.features.whole_build import build_all, row_count
from benchmarks.memory import memory
from benchmarks.report import Table
from steps.run.console import progress
from steps.run.settings import Engine, Settings


def engines_table(parts: Sequence[Path], settings: Settings) -> Table:
    """Time and memory of the build by each engine, for each folder of tables in Parquet."""
    rows = []
    for part in parts:
        clients = row_count(part / "application_train.parquet")
        figures = {engine: _figures(engine, part, clients, settings) for engine in Engine}
        ratio = figures[Engine.spark][0] / figures[Engine.duckdb][0]
        seconds_and_memory = [f"{seconds:.1f} / {most:.2f}" for seconds, most in figures.values()]
        rows.append([f"{clients:,}", *seconds_and_memory, f"{ratio:.1f} x"])
    title = f"By engine on {os.cpu_count()} cores: seconds / peak GB with all processes, Spark's start included"
    return Table(title, ["clients", *(engine.value for engine in Engine), "Spark's time"], rows)


def _figures(engine: Engine, part: Path, clients: int, settings: Settings) -> tuple[float, float]:
    with progress(f"{clients:,} clients by {engine.value}"), memory(own=False) as used:
        seconds, _ = cost_of(build_all, part, part / f"features-{engine.value}.parquet", settings, engine)
    return seconds, used.most / 1000
