"""Raw tables to the feature table: one row a client, in Parquet."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import duckdb
import ibis
import pyarrow as pa
import typer
from ibis import BaseBackend, Table

from steps.console import UserError, progress, run
from steps.feature_table import (
    FeatureTable,
    Lineage,
    read_feature_table,
    read_lineage,
    source_of,
    write_feature_table,
)
from steps.history import aggregate, texts
from steps.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.recipes import RECIPES
from steps.sample import write_sample
from steps.settings import Settings
from steps.tables import empty_file, find_tables, read_table, readable

SAMPLE = "sample"
PYSPARK = "pyspark>=4.0,<4.1"  # Ibis 12 is bound to 4.0


class Engine(StrEnum):
    """What runs the aggregation: DuckDB in this process, or Spark, here or on a cluster (SPARK_MASTER)."""

    duckdb = "duckdb"
    spark = "spark"


def feature_table(data: str, target: str, identity: str, engine: Engine = Engine.duckdb) -> FeatureTable:
    """The feature table of any `data`: read where `data` is one already, built where it is not."""
    path = Path(data)
    if data != SAMPLE and path.is_file() and read_lineage(path) is not None:
        return read_feature_table(path)
    name = SAMPLE if data == SAMPLE else path.resolve().name
    return read_feature_table(
        build(data, Settings().data_folder / f"features-{name}.parquet", engine, target, identity)
    )


def build(data: str, out: Path, engine: Engine, target: str, identity: str) -> Path:
    """Build the feature table of `data` at `out`; raise `UserError` where the data is not as expected."""
    path = sample_folder() if data == SAMPLE else Path(data)
    if path.is_dir():
        return _of_folder(path, out, engine)
    if path.is_file():
        return _of_flat_file(path, out, target, identity)
    raise UserError(f"data: expected {SAMPLE!r}, a folder or a file, and {data} is none of them")


def sample_folder() -> Path:
    """The folder of the sample that data=sample means, generated where it is not there."""
    settings = Settings()
    folder = settings.data_folder / f"sample-{settings.sample_clients}-{settings.seed}"
    if not (folder / "truth.parquet").exists():
        write_sample(folder, settings.sample_clients, settings.seed)
    return folder


def _of_folder(folder: Path, out: Path, engine: Engine) -> Path:
    """Home Credit's tables: the application's columns, then those of each client's past loans."""
    with raw_tables(folder, engine, (TARGET,)) as raw:
        columns = home_credit()[APPLICATION].columns
        application = raw.tables[APPLICATION].select([ID, TARGET, *columns])
        with progress(f"building {len(columns) + len(texts())} features with {engine}"):
            rows = _write(raw.backend, with_history(application, raw.tables), raw.lineage, out)
    print(f"  {out}: {rows:,} clients")
    return out


@dataclass(frozen=True)
class RawTables:
    """Home Credit's tables, open in an engine; `lineage` is that of what is made of them."""

    backend: BaseBackend
    tables: dict[str, Table]
    lineage: Lineage


@contextmanager
def raw_tables(folder: Path, engine: Engine, extra: tuple[str, ...] = ()) -> Iterator[RawTables]:
    """The folder's tables, empty where the file is not there; `extra` names columns of the application to read, too.

    Raises `UserError` where a file is not as expected, also for a value that is found wrong within the block.
    """
    schemas = home_credit()
    files = find_tables(folder)
    missing = tuple(name for name in schemas if name not in files)
    for name in missing:
        print(f"  {folder} has no {name}: its features stay empty")
    with ExitStack() as stack:
        backend = stack.enter_context(_backend(engine))
        tables = {}
        for name, schema in schemas.items():
            file = stack.enter_context(readable(files[name]) if name in files else empty_file(schema))
            tables[name] = read_table(backend, file, schema, extra if name == APPLICATION else ())
        # A month's balance names the loan only; the loan names the client.
        loans = tables["bureau"].select("SK_ID_BUREAU", ID)
        tables["bureau_balance"] = tables["bureau_balance"].inner_join(loans, "SK_ID_BUREAU")
        lineage = Lineage(
            id=ID,
            target=TARGET,
            engine=engine,
            sources={name: source_of(file) for name, file in files.items()},
            missing=missing,
            history=tuple(texts()),
            texts=_texts(),
        )
        try:
            yield RawTables(backend, tables, lineage)
        except duckdb.ConversionException as error:
            raise UserError(f"{folder}: {str(error).splitlines()[0]}") from None


def with_history(clients: Table, tables: dict[str, Table]) -> Table:
    """The clients' columns and the features of their past loans, sorted by id."""
    joined = clients
    for name in RECIPES:
        joined = joined.left_join(aggregate(name, tables[name]), ID).drop(f"{ID}_right")
    return joined.select([*clients.columns, *texts()]).order_by(ID)


def _texts() -> dict[str, tuple[str, str, str]]:
    application = home_credit()[APPLICATION].columns.items()
    own = {name: (column["code"], column["text"], column.get("scale", "amount")) for name, column in application}
    return own | texts()


def _of_flat_file(path: Path, out: Path, target: str, identity: str) -> Path:
    """Any lender's table: numbers and booleans become numbers, the rest text; dates are left out, and said."""
    reader = {".parquet": "read_parquet", ".csv": "read_csv", ".gz": "read_csv"}.get(path.suffix)
    if reader is None:
        raise UserError(f"{path}: expected a file that ends in .csv, .csv.gz or .parquet")
    options = ", sample_size = -1" if reader == "read_csv" else ""
    try:
        relation = duckdb.sql(f"SELECT * FROM {reader}(?{options})", params=[str(path)]).to_arrow_table()
    except duckdb.Error as error:
        raise UserError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    for name, meaning in ((target, "target"), (identity, "id")):
        if name not in relation.column_names:
            raise UserError(
                f"{path} has no column {name!r}: name its {meaning} with `-P {meaning}=...`, one of "
                f"{', '.join(relation.column_names)}"
            )
    table = _as_fields(relation, target, identity).sort_by(identity)
    lineage = Lineage(id=identity, target=target, engine="duckdb", sources={path.stem: source_of(path)})
    rows = write_feature_table(table.to_batches(), table.schema, lineage, out)
    print(f"  {out}: {rows:,} clients")
    return out


def _as_fields(table: pa.Table, target: str, identity: str) -> pa.Table:
    columns: dict[str, pa.ChunkedArray] = {}
    for name in table.column_names:
        kind = table.schema.field(name).type
        if name == target:
            columns[name] = _outcome(table[name], name)
        elif name == identity:
            columns[name] = table[name].cast(pa.int64() if pa.types.is_integer(kind) else pa.string())
        elif pa.types.is_boolean(kind):
            columns[name] = table[name].cast(pa.int8()).cast(pa.float64())
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            columns[name] = table[name].cast(pa.float64(), safe=False)  # numbers of over 15 digits are rounded
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            columns[name] = table[name].cast(pa.string())
        else:
            print(f"  {name} is of type {kind}, which is neither a number nor a text: it is left out")
    return pa.table(columns)


def _outcome(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"{name} must be 0 or 1, and holds values of type {column.type} that are neither") from None


def _write(backend: BaseBackend, table: Table, lineage: Lineage, out: Path) -> int:
    return write_feature_table(stream(backend, table), table.schema().to_pyarrow(), lineage, out)


def stream(backend: BaseBackend, table: Table) -> Iterable[pa.RecordBatch]:
    """The table's rows in batches, in its order."""
    if backend.name == "duckdb":
        # Not Ibis' own to_pyarrow_batches, which DuckDB 2.0 has outgrown.
        return backend.con.sql(backend.compile(table)).to_arrow_reader(20_000)
    return backend.to_pyarrow(table).to_batches()


@contextmanager
def _backend(engine: Engine) -> Iterator[BaseBackend]:
    if engine is Engine.duckdb:
        backend = ibis.duckdb.connect()
        backend.raw_sql("SET enable_progress_bar = false")
        # From a Parquet file's minimum and maximum, which leave NaN out, DuckDB 2.0 concludes that there is none.
        backend.raw_sql("SET disabled_optimizers = 'statistics_propagation'")
    else:
        backend = ibis.pyspark.connect(_spark(Settings().spark_master))
    try:
        yield backend
    finally:
        backend.disconnect()


def _spark(master: str):
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UserError(f"engine=spark needs PySpark: pip install '{PYSPARK}'") from None
    builder = SparkSession.builder.appName("credit-scoring").master(master).config("spark.ui.enabled", "false")
    if master.startswith("local"):
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    return builder.getOrCreate()


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a flat file.")] = SAMPLE,
    out: Annotated[Path, typer.Option(help="Where to write the feature table.")] = Path("data/features.parquet"),
    engine: Annotated[Engine, typer.Option(help="What runs the aggregation.")] = Engine.duckdb,
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
) -> None:
    """Build the feature table: one row a client, in Parquet.

    Example: python -m steps.features --data data/home-credit --out data/features.parquet
    """
    build(data, out, engine, target, id)


if __name__ == "__main__":
    run(main)
