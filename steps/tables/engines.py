"""The engine of the aggregation: DuckDB in this process, or Spark, here or on a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import pyarrow as pa
from ibis import BaseBackend, Table

from steps.run.console import UserError
from steps.run.settings import Engine, Settings

PYSPARK = "pyspark>=4.0,<4.1"  # Ibis 12 is bound to 4.0
BATCH = 20_000  # rows


@contextmanager
def backend_of(engine: Engine, settings: Settings, spill: Path) -> Iterator[BaseBackend]:
    """The engine, connected until the block ends; `spill` is the folder for data beyond its memory limit."""
    if engine is Engine.duckdb:
        backend = ibis.duckdb.connect()
        backend.raw_sql("SET enable_progress_bar = false")
        # DuckDB 2.0 infers from a Parquet file's minimum and maximum, which omit NaN, that a column has no NaN.
        backend.raw_sql("SET disabled_optimizers = 'statistics_propagation'")
        backend.raw_sql("SET preserve_insertion_order = false")
        backend.raw_sql(f"SET memory_limit = '{settings.duckdb_memory}'")
        backend.con.execute("SET temp_directory = ?", [str(spill)])
    else:
        session = _spark(settings.spark_master)  # before ibis.pyspark, which has no such message without PySpark
        backend = ibis.pyspark.connect(session)
    try:
        yield backend
    finally:
        backend.disconnect()


def batches_of(backend: BaseBackend, table: Table) -> Iterator[pa.RecordBatch]:
    """The table's rows, as DuckDB computes them; Spark's arrive all at once."""
    if backend.name == "duckdb":
        # Not Ibis' to_pyarrow_batches, which does not work with DuckDB 2.0.
        yield from backend.con.sql(backend.compile(table)).to_arrow_reader(BATCH)
    else:
        yield from backend.to_pyarrow(table).to_batches(BATCH)


def _spark(master: str):
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        if error.name not in ("pyspark", "pyspark.sql"):
            raise  # PySpark is there, but one of its own imports is not
        raise UserError(f"engine=spark needs PySpark: pip install '{PYSPARK}'") from None
    builder = SparkSession.builder.appName("credit-scoring").master(master).config("spark.ui.enabled", "false")
    if master.startswith("local"):
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    return builder.getOrCreate()
