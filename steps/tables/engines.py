"""The engine of the aggregation: DuckDB in this process, or Spark, here or on a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import pyarrow as pa
from ibis import BaseBackend, Table

from steps.run.console import UserError
from steps.run.printable import shown
from steps.run.settings import Engine, Settings
from steps.tables.progress_bar import switch_off_progress_bar

PYSPARK = "pyspark>=4.0,<4.1"  # as in pyproject.toml: Ibis 12 requires 4.0
BATCH_ROWS = 20_000


@contextmanager
def backend_of(engine: Engine, settings: Settings, spill: Path) -> Iterator[BaseBackend]:
    """A connection to the engine; `spill` is its folder for data beyond the memory limit."""
    if engine is Engine.duckdb:
        backend = ibis.duckdb.connect()
        switch_off_progress_bar(backend.con)
        # DuckDB 2.0 infers from a Parquet file's minimum and maximum, which omit NaN, that a column has no NaN.
        backend.raw_sql("SET disabled_optimizers = 'statistics_propagation'")
        backend.raw_sql("SET preserve_insertion_order = false")
        backend.raw_sql(f"SET memory_limit = '{settings.duckdb_memory}'")
        backend.con.execute("SET temp_directory = ?", [str(spill)])
    else:
        session = _spark(settings.spark_master)  # first: without PySpark, ibis.pyspark has no helpful message
        backend = ibis.pyspark.connect(session)
    try:
        yield backend
    finally:
        backend.disconnect()


def batches_of(backend: BaseBackend, table: Table) -> Iterator[pa.RecordBatch]:
    """The table's rows: a stream from DuckDB, all at once from Spark."""
    if backend.name == "duckdb":
        # Not Ibis' to_pyarrow_batches, which fails with DuckDB 2.0.
        yield from backend.con.sql(backend.compile(table)).to_arrow_reader(BATCH_ROWS)
    else:
        yield from backend.to_pyarrow(table).to_batches(BATCH_ROWS)


def _spark(master: str):
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        if error.name not in ("pyspark", "pyspark.sql"):
            raise  # PySpark is installed, one of its dependencies is not
        raise UserError(f"engine=spark needs PySpark: pip install '{PYSPARK}'") from None
    builder = SparkSession.builder.appName("credit-scoring").master(master).config("spark.ui.enabled", "false")
    if master.startswith("local"):
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    try:
        return builder.getOrCreate()
    except Exception as error:
        if not is_of_spark(error):
            raise
        raise UserError(
            f"SPARK_MASTER: Spark at {shown(master)} did not start ({type(error).__name__}; its log, above, has the "
            "reason): expected Java 17 here, and local[2] or the URL of a cluster that runs, as spark://host:7077"
        ) from None


def is_of_spark(error: BaseException) -> bool:
    """Whether Spark, or its bridge to Java, raised the error."""
    return type(error).__module__.split(".")[0] in ("pyspark", "py4j")
