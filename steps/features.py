"""Build the feature table from raw tables: one row per client, in Parquet."""

from pathlib import Path
from typing import Annotated

import typer

from steps.description.building import Known, from_lender_file
from steps.description.describing import Named
from steps.run.console import UserError, run
from steps.run.first_use import one_at_a_time
from steps.run.names import checked_path, without_login
from steps.run.options import BuildEngine, Data, Default, Identity, Leaks, Target
from steps.run.scratch import scratch_folder
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable, read_feature_table, read_lineage, source_of
from steps.tables.footer import read_footer
from steps.tables.home_credit import ID, TARGET
from steps.tables.paths import table_name
from steps.tables.seven_tables import from_seven_tables

SAMPLE = "sample"
DIGITS = 12  # of the digest of a table's file, in its name


def feature_table(
    data: str,
    target: str,
    identity: str,
    engine: Engine,
    settings: Settings,
    default: str = "",
    leaks: LeaksTreatment = LeaksTreatment.described,
    known: Known | None = None,
) -> FeatureTable:
    """The feature table of `data`, which is built unless `data` already is one.

    A table that is built here is named by its content, so that no other run reads or replaces it. A plain file with the
    columns of a `known` description is read by it.
    """
    path = Path(data)
    said = {"leaks": leaks.value} if leaks else {}
    if data != SAMPLE and path.is_file() and read_lineage(path) is not None:
        return read_feature_table(path, {"data": str(path), **said}).treating_leaks(leaks)
    with scratch_folder(settings.data_folder, "features") as folder:
        built = build(data, folder / "features.parquet", engine, target, identity, settings, default, leaks, known)
        name = SAMPLE if data == SAMPLE else table_name(path.resolve())
        digest = source_of(built).sha256
        named = settings.data_folder / f"features-{name}-{digest[:DIGITS]}.parquet"
        # A table that is already there is kept: another run may be reading it.
        with one_at_a_time(named):
            if not _has_digest(named, digest):
                built.replace(named)
    report(named)
    return read_feature_table(named, {"data": data, **_named(target, identity, default), **said})


def _named(target: str, identity: str, default: str) -> dict[str, str]:
    """The parameters that name columns and values, without those that are the defaults."""
    given = {"target": (target, TARGET), "id": (identity, ID), "default": (default, "")}
    return {parameter: name for parameter, (name, usual) in given.items() if name != usual}


def _has_digest(file: Path, digest: str) -> bool:
    """Whether this is a file that can be read and has this content."""
    try:
        return file.is_file() and source_of(file).sha256 == digest
    except OSError:
        return False


def report(table: Path) -> None:
    """Print where a table is and how many clients it has."""
    print(f"  {table}: {read_footer(table).num_rows:,} clients")


def build(
    data: str,
    out: Path,
    engine: Engine,
    target: str,
    identity: str,
    settings: Settings,
    default: str = "",
    leaks: LeaksTreatment = LeaksTreatment.described,
    known: Known | None = None,
) -> Path:
    """Build the feature table of `data` at `out`; raise `UserError` where the data has errors."""
    path = sample_folder(settings) if data == SAMPLE else Path(data)
    out.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(out):
        if path.is_dir():
            return from_seven_tables(path, out, engine, settings, leaks=leaks or LeaksTreatment.stop)
        if path.is_file():
            client = "" if identity == ID else identity
            named = Named(target=target, id=client, default=Named.values(default), leaks=leaks)
            with scratch_folder(out.parent, "reading") as folder:
                return from_lender_file(path, out, named, folder, settings, known)
    without_login("data", data)
    raise UserError(f"data: expected {SAMPLE!r}, a folder or a file, found nothing at {path.absolute()}")


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
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
) -> None:
    """Build the feature table: one row per client, in Parquet.

    Example: python -m steps.features --data data/home-credit --out data/features.parquet
    """
    report(build(data, checked_path("out", out), engine, target, id, Settings(), default, leaks))


if __name__ == "__main__":
    run(main)
