"""What runs the aggregation: DuckDB in this process, or Spark, here or on a cluster."""

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
    """The engine, for as long as it is needed; `spill` is a folder for what does not fit its share of memory."""
    if engine is Engine.duckdb:
        backend = ibis.duckdb.connect()
        backend.raw_sql("SET enable_progress_bar = false")
        # From a Parquet file's minimum and maximum, which leave NaN out, DuckDB 2.0 concludes that there is none.
        backend.raw_sql("SET disabled_optimizers = 'statistics_propagation'")
        backend.raw_sql("SET preserve_insertion_order = false")
        backend.raw_sql(f"SET memory_limit = '{settings.duckdb_memory}'")
        backend.con.execute("SET temp_directory = ?", [str(spill)])
    else:
        backend = ibis.pyspark.connect(_spark(settings.spark_master))
    try:
        yield backend
    finally:
        backend.disconnect()


def batches_of(backend: BaseBackend, table: Table) -> Iterator[pa.RecordBatch]:
    """The table's rows; DuckDB's arrive as they are made, Spark's all at once."""
    if backend.name == "duckdb":
        # Not Ibis' own to_pyarrow_batches, which DuckDB 2.0 has outgrown.
        yield from backend.con.sql(backend.compile(table)).to_arrow_reader(BATCH)
    else:
        yield from backend.to_pyarrow(table).to_batches(BATCH)


def _spark(master: str):
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UserError(f"engine=spark needs PySpark: pip install '{PYSPARK}'") from None
    builder = SparkSession.builder.appName("credit-scoring").master(master).config("spark.ui.enabled", "false")
    if master.startswith("local"):
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    return builder.getOrCreate()
