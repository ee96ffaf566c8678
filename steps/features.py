"""Build the feature table from raw tables: one row per client, in Parquet."""

from pathlib import Path
from typing import Annotated

import typer

from steps.run.console import UserError, run
from steps.run.first_use import one_at_a_time
from steps.run.options import BuildEngine, Data, Identity, Target
from steps.run.settings import Engine, Settings
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable, read_feature_table, read_lineage
from steps.tables.flat_file import from_flat_file
from steps.tables.home_credit import ID, TARGET
from steps.tables.seven_tables import from_seven_tables

SAMPLE = "sample"


def feature_table(data: str, target: str, identity: str, engine: Engine, settings: Settings) -> FeatureTable:
    """The feature table of `data`, which is built unless `data` already is one."""
    path = Path(data)
    if data != SAMPLE and path.is_file() and read_lineage(path) is not None:
        return read_feature_table(path)
    name = SAMPLE if data == SAMPLE else path.resolve().name
    out = settings.data_folder / f"features-{name}.parquet"
    return read_feature_table(build(data, out, engine, target, identity, settings))


def build(data: str, out: Path, engine: Engine, target: str, identity: str, settings: Settings) -> Path:
    """Build the feature table of `data` at `out`; raise `UserError` where the data has errors."""
    path = sample_folder(settings) if data == SAMPLE else Path(data)
    out.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(out):
        if path.is_dir():
            return from_seven_tables(path, out, engine, settings)
        if path.is_file():
            return from_flat_file(path, out, target, identity)
    raise UserError(f"data: expected {SAMPLE!r}, a folder or a file, found nothing at {data}")


def sample_folder(settings: Settings) -> Path:
    """The folder of the sample, generated if it does not exist."""
    folder = settings.data_folder / f"sample-{settings.sample_clients}-{settings.seed}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder):
        if not (folder / "truth.parquet").exists():
            write_sample(folder, settings.sample_clients, settings.seed)
    return folder


def main(
    data: Data = SAMPLE,
    out: Annotated[Path, typer.Option(help="Parquet file to write the feature table to.")] = Path(
        "data/features.parquet"
    ),
    engine: BuildEngine = Engine.duckdb,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Build the feature table: one row per client, in Parquet.

    Example: python -m steps.features --data data/home-credit --out data/features.parquet
    """
    build(data, out, engine, target, id, Settings())


if __name__ == "__main__":
    run(main)
