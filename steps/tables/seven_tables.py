"""From Home Credit's seven tables to the feature table: the application, then the client's past loans."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import BaseBackend, Table

from steps.run.atomic import naming
from steps.run.console import UserError, progress
from steps.run.scratch import scratch_folder
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.aggregation import aggregate, history_meanings, link_loans
from steps.tables.engines import backend_of, batches_of
from steps.tables.feature_table import Lineage, side_by_side, source_of, write_feature_table
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.messages import ERRORS
from steps.tables.problems import RawTable, find_problems
from steps.tables.raw_tables import find_tables, read_raw, readable, write_empty
from steps.tables.recipes import RECIPES, TableRecipes
from steps.tables.unchanged import Snapshot
from steps.tables.unreadable import reported


@dataclass(frozen=True)
class _Source:
    """The validated tables in their types, their files as they were before, the engine, and a temporary folder."""

    backend: BaseBackend
    tables: dict[str, Table]
    files: dict[str, Path]
    snapshot: Snapshot
    scratch: Path


def from_seven_tables(
    folder: Path,
    out: Path,
    engine: Engine,
    settings: Settings,
    recipes: Mapping[str, TableRecipes] = RECIPES,
    leaks: LeaksTreatment = LeaksTreatment.stop,
) -> Path:
    """Build the feature table of a folder with Home Credit's files, one table at a time.

    Temporary files are next to `out`, since the system's temporary folder may be in memory. Raise `UserError` where
    the data has errors.
    """
    with _checked(find_tables(folder), engine, settings, out) as source:
        parts = _parts(source, (ID, TARGET), recipes)
        with progress("joining the tables"):
            lineage = _lineage(source, engine, recipes).model_copy(update={"leaks": leaks})
            write_feature_table(side_by_side(parts, ID), _schema(parts), lineage, out)
    return out


@contextmanager
def applications_of(
    files: Mapping[str, Path], engine: Engine, settings: Settings, near: Path
) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """The applications of Home Credit's `files` and their history by id, without outcomes, which no table need have.

    The batches are for the block; temporary files are next to `near`. A client may have several applications, or no
    id. Raise `UserError` where the data has errors.
    """
    with _checked(files, engine, settings, near, to_decide=True) as source:
        parts = _parts(source, (ID,), RECIPES)
        yield _schema(parts), side_by_side(parts, ID)


@contextmanager
def past_loans(
    folder: Path, engine: Engine, settings: Settings, near: Path, recipes: Mapping[str, TableRecipes] = RECIPES
) -> Iterator[tuple[list[Path], Lineage]]:
    """The history features of every client in any of the folder's tables, with or without an application.

    One Parquet file per table, rows sorted by id, in a folder next to `near` that is removed after the block. Raise
    `UserError` where the data has errors.
    """
    with _checked(find_tables(folder), engine, settings, near) as source:
        with_id = [table.select(ID) for table in source.tables.values() if ID in table.columns]
        clients = ibis.union(*with_id, distinct=True)
        history = _history(source.tables, clients.filter(clients[ID].notnull()), recipes)
        yield _write_parts(source, history), _lineage(source, engine, recipes)


@contextmanager
def _checked(
    files: Mapping[str, Path], engine: Engine, settings: Settings, near: Path, to_decide: bool = False
) -> Iterator[_Source]:
    snapshot = Snapshot(files.values())
    for name in _missing(files):
        print(f"  {files[APPLICATION].parent} has no {name}: its features stay empty")
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(near.parent, near.stem))
        unpacked = {name: stack.enter_context(readable(file, scratch)) for name, file in files.items()}
        backend = stack.enter_context(backend_of(engine, settings, scratch))
        tables = _read(backend, files, unpacked, scratch, to_decide)
        _check(backend, {name: tables[name] for name in files})
        yield _Source(backend, {name: table.typed for name, table in tables.items()}, dict(files), snapshot, scratch)


def _missing(files: Mapping[str, Path]) -> tuple[str, ...]:
    return tuple(name for name in home_credit() if name not in files)


def _read(
    backend: BaseBackend, files: Mapping[str, Path], unpacked: Mapping[str, Path], scratch: Path, to_decide: bool
) -> dict[str, RawTable]:
    tables = {}
    for name, schema in home_credit().items():
        types = schema.types | ({TARGET: "int64"} if name == APPLICATION and not to_decide else {})
        file = unpacked.get(name) or write_empty(scratch / f"{name}-empty.parquet", schema)
        tables[name] = RawTable(name, files.get(name, file), read_raw(backend, file, types), types)
    return tables


def _check(backend: BaseBackend, tables: Mapping[str, RawTable]) -> None:
    """Print each table's warnings immediately; raise `UserError` with the errors of all tables."""
    errors: list[str] = []
    for name, table in tables.items():
        with progress(f"checking {name}"):
            problems = find_problems(backend, table, tables)
        for warning in problems.warnings:
            print(f"  warning: {warning}")
        errors += problems.errors
    if errors:
        raise UserError("\n  ".join([ERRORS, *errors]))


def _history(tables: Mapping[str, Table], clients: Table, recipes: Mapping[str, TableRecipes]) -> dict[str, Table]:
    """The features of these clients by table, one row per client."""
    linked = link_loans(tables)
    features = {name: aggregate(recipes[name], table) for name, table in linked.items() if name in recipes}
    return {name: clients.left_join(table, ID).drop(f"{ID}_right") for name, table in features.items()}


def _parts(source: _Source, first: Sequence[str], recipes: Mapping[str, TableRecipes]) -> list[Path]:
    """The applications, with these columns `first`, and their history: one file per table, by id."""
    application = source.tables[APPLICATION]
    columns = application.select(*first, *home_credit()[APPLICATION].columns)
    history = _history(source.tables, application.select(ID), recipes)
    return _write_parts(source, {APPLICATION: columns, **history})


def _schema(parts: Sequence[Path]) -> pa.Schema:
    return pa.unify_schemas([pq.read_schema(part) for part in parts])


def _write_parts(source: _Source, parts: Mapping[str, Table]) -> list[Path]:
    """One file per table, each with every client, sorted by id."""
    files = []
    for name, part in parts.items():
        files.append(source.scratch / f"part-{name}.parquet")
        with progress(f"{name}: {len([each for each in part.columns if each not in (ID, TARGET)])} features"):
            schema = part.schema().to_pyarrow()
            read = source.files.get(name, source.files[APPLICATION])
            with reported(read), naming(files[-1]), pq.ParquetWriter(files[-1], schema) as writer:
                for batch in batches_of(source.backend, part.order_by(ID)):
                    writer.write_batch(batch.cast(schema))
    return files


def _lineage(source: _Source, engine: Engine, recipes: Mapping[str, TableRecipes]) -> Lineage:
    """The lineage of the rows that were read; raise `UserError` where a file was changed meanwhile."""
    history = history_meanings(recipes)
    sources = {name: source_of(file) for name, file in source.files.items()}
    source.snapshot.check()
    return Lineage(
        id=ID,
        target=TARGET,
        engine=engine,
        sources=sources,
        missing=_missing(source.files),
        history=tuple(history),
        meanings=home_credit()[APPLICATION].meanings | history,
    )
