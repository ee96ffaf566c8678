"""What Spark's executors do of a count: each batch of an export gives its tally and what the driver needs besides."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from steps.monitoring.counting.observing import requests_of
from steps.monitoring.counting.sampling import id_hashes
from steps.monitoring.counting.tallying import RequestTally
from steps.monitoring.referencing.reference_file import from_bytes
from steps.run.console import UserError
from steps.traffic.recorded import SCHEMA, ExportedTraffic, Span

PLACE = ("file", "block", "row")  # of a row in an export: a file's name, the start of a split of it, a number in it
DECISIONS = pa.schema([each for each in SCHEMA if each.name != "history_fields"])
"""What the driver needs: `fields` is null once erased, and else an empty text in place of the request's JSON."""
ANSWERS = "first timestamp, file string, row bigint, decisions binary, tally binary, sample binary, mistake string"
_ANSWERS = pa.schema(
    [
        ("first", pa.timestamp("us", tz="UTC")),  # time of the first decision; null with a mistake, which comes first
        ("file", pa.string()),
        ("row", pa.int64()),
        ("decisions", pa.binary()),  # of `DECISIONS`
        ("tally", pa.binary()),  # of `tally.SCHEMA`
        ("sample", pa.binary()),  # of `recorded.SCHEMA`
        ("mistake", pa.string()),
    ]
)


class Broadcast(Protocol):
    """Spark's broadcast of bytes."""

    @property
    def value(self) -> bytes:
        """The bytes."""


@dataclass(frozen=True)
class BatchCounter:
    """Counts the batches of a partition.

    Attributes
    ----------
    reference
        A reference, as `reference_file.to_bytes`.
    identity
        Name of the client's id in a request.
    path
        The export: a file, or a folder of files, as messages name it.
    span
        The decisions that count.
    bound
        Requests are in the sample up to this hash of their decisions' ids.
    """

    reference: Broadcast
    identity: str
    path: Path
    span: Span
    bound: int

    def answers(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """An answer to each batch, two and more to one that is of several places."""
        counter = RequestTally(from_bytes(self.reference.value), self.identity)
        traffic = ExportedTraffic(self.path, self.span)
        for batch in batches:
            for part in parts_of(batch):
                try:
                    record = traffic.selected(part.drop_columns(list(PLACE)))
                except UserError as error:
                    yield _answer(None, part, mistake=str(error))
                    continue
                if len(record):
                    present = record.filter(record["fields"].is_valid())
                    tally = counter.count(requests_of(present)).to_batch()
                    sample = present.filter(pa.array(id_hashes(present) <= self.bound))
                    yield _answer(record["decided_at"][0], part, (without_requests(record), tally, sample))


def parts_of(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """The batch in parts, each of rows that follow one another in one split of one file: Spark joins small splits."""
    if not len(batch):
        return []
    files = batch["file"].dictionary_encode().indices.to_numpy(zero_copy_only=False)
    blocks, rows = (batch[name].to_numpy(zero_copy_only=False) for name in PLACE[1:])
    follows = (np.diff(files) == 0) & (np.diff(blocks) == 0) & (np.diff(rows) > 0)
    starts = [0, *(np.flatnonzero(~follows) + 1).tolist(), len(batch)]
    return [batch.slice(first, end - first) for first, end in pairwise(starts)]


def without_requests(record: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of `recorded.SCHEMA` as one of `DECISIONS`."""
    emptied = pc.if_else(record["fields"].is_null(), pa.scalar(None, pa.string()), "")
    columns = [emptied if name == "fields" else record[name] for name in DECISIONS.names]
    return pa.record_batch(columns, schema=DECISIONS)


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """The batch as a compressed stream of Arrow: most counts of a tally are small."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def of_bytes(body: bytes) -> pa.RecordBatch:
    """The batch in what `to_bytes` gave."""
    with pa.ipc.open_stream(body) as stream:
        return stream.read_next_batch()


def _answer(
    first: pa.Scalar | None,
    part: pa.RecordBatch,
    bodies: tuple[pa.RecordBatch | None, pa.RecordBatch | None, pa.RecordBatch | None] = (None, None, None),
    mistake: str | None = None,
) -> pa.RecordBatch:
    values = [
        None if first is None else first.as_py(),
        part["file"][0].as_py(),
        part["row"][0].as_py(),
        *(None if each is None else to_bytes(each) for each in bodies),
        mistake,
    ]
    columns = [pa.array([each], kind) for each, kind in zip(values, _ANSWERS.types, strict=True)]
    return pa.record_batch(columns, schema=_ANSWERS)
