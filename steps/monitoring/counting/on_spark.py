"""An export counted by Spark's executors, for a window that is past one machine.

A cluster's executors need Python 3.11 with the packages of python_env.yaml, which PYSPARK_PYTHON names there, and the
export under the same path as here, as on a shared file system; the project's own code is sent to them. Spark's local
folders, here and there, hold the sample's requests and the decisions until the count ends.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from steps.monitoring.counting.decision_columns import DecisionColumns
from steps.monitoring.counting.observing import observed_of
from steps.monitoring.counting.sampling import Sample
from steps.monitoring.counting.spark_batches import ANSWERS, DECISIONS, PLACE, BatchCounter, of_bytes
from steps.monitoring.counting.tally import Tally, Total
from steps.monitoring.counting.tallying import AT_ONCE, RequestTally
from steps.monitoring.observed import Observed
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.reference_file import to_bytes
from steps.run.console import UserError, progress
from steps.run.settings import Engine, Settings
from steps.tables.engines import backend_of
from steps.tables.executors import explained, session_with_code
from steps.traffic.recorded import SCHEMA, ExportedTraffic, Span

NAMES = [*SCHEMA.names, "model_name"]
ALL = 2**32  # hashes of ids are below
ORDER = [("decided_at", "ascending"), ("decision_id", "ascending")]  # of an export


def observe_on_spark(
    traffic: ExportedTraffic, reference: Reference, contract: Mapping[str, Any], settings: Settings, sample: int
) -> Observed:
    """Count an export as `observing.observe` does, by the executors of SPARK_MASTER.

    Parameters
    ----------
    traffic
        An export: a Parquet file, or a folder of Parquet files, whose decisions are put in the order of time.
    reference, contract, sample
        As those of `observe`.
    settings
        Of Spark's master.

    Raises
    ------
    UserError
        PySpark is not installed, the export is none, or Spark fails.
    """
    files = _files(traffic)
    identity = str(contract.get("id", ""))
    with (
        progress("counting requests with Spark"),
        tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder,
        explained(settings.spark_master, f"counted {traffic.name}", "the export"),
        backend_of(Engine.spark, settings, Path(folder)) as backend,
    ):
        session = session_with_code(settings.spark_master, Path(folder))
        session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", AT_ONCE)
        export = _selected(backend, session, files, traffic.span)
        body = session.sparkContext.broadcast(to_bytes(reference))
        counter = BatchCounter(body, identity, traffic.path, traffic.span, _bound(export, sample))
        answers = export.mapInArrow(counter.answers, ANSWERS).persist()  # to be sorted, each is looked at twice
        ordered = answers.orderBy("first", "file", "row")
        return _added(ordered.toLocalIterator(prefetchPartitions=True), reference, identity, sample)


def _files(traffic: ExportedTraffic) -> list[Path]:
    """The files of the export; raise `UserError` where one is no export, or Spark would not read it."""
    path = traffic.path
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise UserError(f"export: expected Parquet files in {path}, found none that ends in .parquet")
    for file in files:
        with ExportedTraffic(file, traffic.span).opened() as opened:
            found = opened.schema_arrow
        for name in NAMES:
            kind = SCHEMA.field(name).type if name in SCHEMA.names else pa.string()
            if found.field(name).type != kind:
                raise UserError(
                    f"export: {file} is no export of decisions: expected {name} as {kind}, found "
                    f"{found.field(name).type}"
                )
        if file.name.startswith(("_", ".")):
            raise UserError(f"export: expected no file whose name starts with _ or ., which Spark omits, found {file}")
    return files


def _selected(backend: ibis.BaseBackend, session: Any, files: list[Path], span: Span) -> Any:
    """Spark's frame of the decisions of the span, with their places in the export."""
    places = ["_metadata.file_name AS file", "_metadata.file_block_start AS block", "_metadata.row_index AS row"]
    paths = ["file:" + re.sub(r"([\\\[\]{}*?])", r"\\\1", str(file.absolute())) for file in files]  # no pattern
    session.read.parquet(*paths).selectExpr(*NAMES, *places).createOrReplaceTempView("export")
    table = backend.table("export")
    rows = table.filter(table.model_name == span.model_name)
    if span.since is not None:
        rows = rows.filter(rows.decided_at >= ibis.literal(span.since))
    if span.until is not None:
        rows = rows.filter(rows.decided_at < ibis.literal(span.until))
    return session.sql(backend.compile(rows.select(*NAMES, *PLACE)))


def _bound(export: Any, sample: int) -> int:
    """The greatest hash of an id in the sample, as `Sample` chooses it: no executor sends more requests."""
    from pyspark.sql.functions import col, crc32

    if not sample:
        return -1
    hashes = export.where(col("fields").isNotNull()).select(crc32(col("decision_id")).alias("hash"))
    least = hashes.where(col("hash").isNotNull()).orderBy("hash").limit(sample).collect()
    return least[-1]["hash"] if len(least) == sample else ALL


def _added(answers: Iterator[Any], reference: Reference, identity: str, sample: int) -> Observed:
    """The answers of executors added up in the order in which they come."""
    counter, total = RequestTally(reference, identity), Total()
    none = counter.none()
    hashes, members = [none.hashes], [none.members]
    decisions, requests = list[pa.RecordBatch](), list[pa.RecordBatch]()
    for answer in answers:
        if answer["mistake"] is not None:
            raise UserError(answer["mistake"])
        tally = Tally.of_batch(of_bytes(answer["tally"]), len(reference.groups))
        total.add(tally)
        hashes.append(tally.hashes)
        members.append(tally.members)
        decisions.append(of_bytes(answer["decisions"]))
        requests.append(of_bytes(answer["sample"]))
    record, order = _in_time(pa.Table.from_batches(decisions, DECISIONS))
    rows = _of_present(record["fields"].is_valid().to_numpy(), order)
    columns, kept = DecisionColumns(), Sample(sample)
    for batch in record.to_batches():
        columns.add(batch)
    for batch in _in_time(pa.Table.from_batches(requests, SCHEMA))[0].to_batches():
        kept.add(batch)
    of_requests = np.concatenate(hashes)[rows], np.hstack(members)[:, rows]
    return observed_of(reference, columns, total.tally(none), *of_requests, kept, counter)


def _in_time(record: pa.Table) -> tuple[pa.Table, np.ndarray]:
    """The record in the order of time, and the rows in that order: files of a folder may overlap in time."""
    times = record["decided_at"].to_numpy()
    if not (np.diff(times) < np.timedelta64(0)).any():
        return record, np.arange(len(times))
    order = pc.sort_indices(record, sort_keys=ORDER)
    return record.take(order), order.to_numpy()


def _of_present(present: np.ndarray, order: np.ndarray) -> np.ndarray:
    """(requests,) places among the requests as they came, of those present in rows of this order."""
    came = np.empty(len(order), bool)
    came[order] = present
    return (np.cumsum(came) - 1)[order[present]]
