"""The applications of a portfolio, from any form of data that training takes; outcomes need not be there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from steps.description.building import Known
from steps.features import SAMPLE, sample_folder
from steps.portfolio.applications_file import (
    Portfolio,
    applications_file,
    built_before,
    digest_of,
    write_applications,
)
from steps.portfolio.ids import report_ids
from steps.portfolio.lender_file import applications_in, description_for
from steps.run.console import UserError, counted, progress
from steps.run.names import without_login
from steps.run.scratch import scratch_folder
from steps.run.settings import Engine, Settings
from steps.tables.engines import backend_of, batches_of
from steps.tables.feature_table import read_lineage, source_of
from steps.tables.home_credit import APPLICATION, ID
from steps.tables.paths import table_name
from steps.tables.raw_tables import find_tables, read_raw
from steps.tables.seven_tables import applications_of
from steps.tables.unchanged import Snapshot
from steps.tables.unreadable import reported


def read_portfolio(
    data: str, identity: str, folder: Path, settings: Settings, known: Known | None, engine: Engine = Engine.duckdb
) -> Portfolio:
    """The applications of `data`, as training reads those of the same rows.

    Parameters
    ----------
    data
        `sample`, a folder of Home Credit's tables, a lender's file or its description, or a feature table, which is
        read where it is.
    identity
        The column with the client's id in a lender's file; empty or the default: as it is described.
    folder
        Keeps the applications that are built, in applications.parquet: of the same data they are not built again.
    settings
        DuckDB's limit of memory, and the sample.
    known
        The description that the model's own data was read by, for a plain file.
    engine
        The engine of the aggregation of past loans.

    Raises
    ------
    UserError
        The data cannot be understood, or is changed meanwhile.
    """
    path = sample_folder(settings) if data == SAMPLE else Path(data)
    if path.is_dir():
        return _of_tables(path, folder, settings, engine)
    if path.is_file():
        lineage = read_lineage(path)
        if lineage is None:
            return _of_lender_file(path, "" if identity == ID else identity, folder, settings, known)
        return _of_feature_table(path, lineage.id, folder, settings)
    without_login("data", data)
    raise UserError(f"data: expected {SAMPLE!r}, a folder or a file, found nothing at {path.absolute()}")


def _of_tables(path: Path, folder: Path, settings: Settings, engine: Engine) -> Portfolio:
    files = find_tables(path, to_decide=True)
    print(f"  the applications of {files[APPLICATION].name} are decided on{_left_alone(path, files)}")
    snapshot = Snapshot(files.values())
    digest = digest_of({name: source_of(file) for name, file in files.items()})
    with applications_file(folder) as out:
        portfolio = built_before(out, digest)
        if portfolio is None:
            with applications_of(files, engine, settings, out) as (schema, batches), progress("joining the tables"):
                portfolio = write_applications(_unchanged(batches, snapshot), schema, ID, digest, out)
    return _reported(portfolio, path)


def _left_alone(path: Path, files: Mapping[str, Path]) -> str:
    """What is said of the applications with outcomes, where the folder has others, too."""
    if files[APPLICATION].name.startswith(APPLICATION):
        return ", without their outcomes"
    return f", those of {APPLICATION} are not" if any(path.glob(f"{APPLICATION}.*")) else ""


def _of_feature_table(path: Path, identity: str, folder: Path, settings: Settings) -> Portfolio:
    snapshot = Snapshot([path])
    digest = digest_of({table_name(path): source_of(path)})
    with scratch_folder(folder, "ids") as spill, backend_of(Engine.duckdb, settings, spill) as backend:
        table = read_raw(backend, path, {identity: "string"})
        ids = table[identity]
        counts = table.aggregate(rows=table.count(), present=ids.count(), distinct=ids.nunique())
        with reported(path):
            (row,) = pa.Table.from_batches(batches_of(backend, counts)).to_pylist()
    snapshot.check()
    report_ids(path, identity, **row)
    return _reported(Portfolio(path, identity, row["rows"], digest), path)


def _of_lender_file(path: Path, identity: str, folder: Path, settings: Settings, known: Known | None) -> Portfolio:
    description, file = description_for(path, identity, known)
    snapshot = Snapshot([file])
    reading = description.model_copy(update={"file": file.name}).model_dump_json(by_alias=True)
    digest = digest_of({table_name(file): source_of(file)}, reading)
    model = known.model if known and file == path else ""
    with applications_file(folder) as out:
        portfolio = built_before(out, digest)
        if portfolio is None:
            with (
                scratch_folder(folder, "reading") as scratch,
                applications_in(description, file, scratch, settings, model) as applications,
            ):
                batches = _unchanged(applications.batches(), snapshot)
                portfolio = write_applications(batches, applications.schema, applications.identity, digest, out)
    return _reported(portfolio, path)


def _unchanged(batches: Iterator[pa.RecordBatch], snapshot: Snapshot) -> Iterator[pa.RecordBatch]:
    """The batches; raise `UserError` after the last one where a source file is no longer what it was."""
    yield from batches
    snapshot.check()


def _reported(portfolio: Portfolio, data: Path) -> Portfolio:
    print(f"  {data}: {counted(portfolio.rows, 'application')}")
    return replace(portfolio, data=data)
