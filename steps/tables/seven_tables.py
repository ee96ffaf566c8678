"""Home Credit's tables to the feature table: the application's columns, then those of each client's past loans."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import BaseBackend, Table

from steps.run.console import UserError, progress
from steps.run.settings import Engine, Settings
from steps.tables.aggregation import aggregate, link_loans, texts
from steps.tables.engines import backend_of, batches_of
from steps.tables.feature_table import Lineage, side_by_side, source_of, write_feature_table
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.messages import ERRORS
from steps.tables.problems import RawTable, find_problems
from steps.tables.raw_tables import find_tables, read_raw, readable, write_empty
from steps.tables.recipes import RECIPES


def from_seven_tables(folder: Path, out: Path, engine: Engine, settings: Settings) -> Path:
    """Build the feature table of a folder with Home Credit's files, one table at a time.

    Raise `UserError` where the data is not as expected. Whatever has to be put aside is put beside `out`,
    not into the system's temporary folder, which may be memory.
    """
    with _checked_tables(folder, engine, settings, out) as (backend, tables, lineage, aside):
        application = tables[APPLICATION]
        own = application.select(ID, TARGET, *home_credit()[APPLICATION].columns)
        parts = {APPLICATION: own, **_of_past_loans(tables, application.select(ID))}
        files = _write_parts(backend, parts, aside)
        with progress("putting the tables side by side"):
            schema = pa.unify_schemas([pq.read_schema(file) for file in files])
            rows = write_feature_table(side_by_side(files, ID), schema, lineage, out)
    print(f"  {out}: {rows:,} clients")
    return out


@contextmanager
def past_loans(folder: Path, engine: Engine, settings: Settings, beside: Path) -> Iterator[tuple[list[Path], Lineage]]:
    """The history features alone, a Parquet file a table, of every client whom any of the folder's tables names.

    The files lie beside `beside`, for as long as the block lasts, and their rows are in the order of the ids.
    """
    with _checked_tables(folder, engine, settings, beside) as (backend, tables, lineage, aside):
        clients = ibis.union(*(table.select(ID) for table in tables.values() if ID in table.columns), distinct=True)
        yield _write_parts(backend, _of_past_loans(tables, clients.filter(clients[ID].notnull())), aside), lineage


@contextmanager
def _checked_tables(
    folder: Path, engine: Engine, settings: Settings, beside: Path
) -> Iterator[tuple[BaseBackend, dict[str, Table], Lineage, Path]]:
    """The engine, the tables in their types, where they come from, and a folder to put things aside."""
    files = find_tables(folder)
    missing = tuple(name for name in home_credit() if name not in files)
    for name in missing:
        print(f"  {folder} has no {name}: its features stay empty")
    beside.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        aside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f".{beside.stem}-", dir=beside.parent)))
        plain = {name: stack.enter_context(readable(file, aside)) for name, file in files.items()}
        backend = stack.enter_context(backend_of(engine, settings, aside))
        tables = _read(backend, files, plain, aside)
        _check(backend, {name: tables[name] for name in files})
        typed = {name: table.typed for name, table in tables.items()}
        yield backend, typed, _lineage(files, missing, engine), aside


def _read(
    backend: BaseBackend, files: Mapping[str, Path], plain: Mapping[str, Path], aside: Path
) -> dict[str, RawTable]:
    tables = {}
    for name, schema in home_credit().items():
        types = schema.types | ({TARGET: "int64"} if name == APPLICATION else {})
        file = plain.get(name) or write_empty(aside / f"{name}-empty.parquet", schema)
        tables[name] = RawTable(name, files.get(name, file), read_raw(backend, file, types), types)
    return tables


def _check(backend: BaseBackend, tables: Mapping[str, RawTable]) -> None:
    """Tell what is wrong with the tables: warnings at once, the errors of all of them together."""
    errors: list[str] = []
    for name, table in tables.items():
        with progress(f"checking {name}"):
            problems = find_problems(backend, table, tables)
        for warning in problems.warnings:
            print(f"  warning: {warning}")
        errors += problems.errors
    if errors:
        raise UserError("\n  ".join([ERRORS, *errors]))


def _of_past_loans(tables: Mapping[str, Table], clients: Table) -> dict[str, Table]:
    """The features that each table gives these clients."""
    features = {name: aggregate(RECIPES[name], table) for name, table in link_loans(tables).items() if name in RECIPES}
    return {name: clients.left_join(made, ID).drop(f"{ID}_right") for name, made in features.items()}


def _write_parts(backend: BaseBackend, parts: Mapping[str, Table], aside: Path) -> list[Path]:
    """A file a table, each with every client in the order of their ids."""
    files = []
    for name, part in parts.items():
        files.append(aside / f"part-{name}.parquet")
        with progress(f"{name}: {len(part.columns) - (2 if name == APPLICATION else 1)} features"):
            schema = part.schema().to_pyarrow()
            with pq.ParquetWriter(files[-1], schema) as writer:
                for batch in batches_of(backend, part.order_by(ID)):
                    writer.write_batch(batch.cast(schema))
    return files


def _lineage(files: Mapping[str, Path], missing: tuple[str, ...], engine: Engine) -> Lineage:
    application = home_credit()[APPLICATION].columns.items()
    own = {name: (column["code"], column["text"], column.get("scale", "amount")) for name, column in application}
    return Lineage(
        id=ID,
        target=TARGET,
        engine=engine,
        sources={name: source_of(file) for name, file in files.items()},
        missing=missing,
        history=tuple(texts()),
        texts=own | texts(),
    )
