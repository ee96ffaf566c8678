"""The feature table: one row a client in one Parquet file that also says where it comes from."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from steps.run.atomic import replaced
from steps.run.console import UserError

METADATA_KEY = b"credit_scoring"
ROWS = 20_000  # of a batch, and so of a row group


class SourceTable(BaseModel):
    """A file that went into the table; `sha256` is of its bytes."""

    model_config = ConfigDict(frozen=True)

    file: str
    bytes: int
    sha256: str


class Lineage(BaseModel):
    """What the table's columns are and where they come from; it travels in the Parquet file's metadata.

    `texts` gives each column the code, the words and the scale of its reason; `history` names the
    columns that come from past loans; `missing` the tables that were not there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    target: str
    engine: str
    sources: dict[str, SourceTable]
    missing: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    texts: dict[str, tuple[str, str, str]] = {}


class FeatureTable:
    """A feature table in memory.

    `frame` has the id, the target and every field, sorted by id; numbers are float64 and texts are
    objects, None or NaN where missing.
    """

    def __init__(self, frame: pd.DataFrame, lineage: Lineage, path: Path):
        self.frame = frame
        self.lineage = lineage
        self.path = path

    @property
    def fields(self) -> list[str]:
        return [name for name in self.frame.columns if name not in (self.lineage.id, self.lineage.target)]


def write_feature_table(batches: Iterable[pa.RecordBatch], schema: pa.Schema, lineage: Lineage, out: Path) -> int:
    """Write the batches and the lineage to a Parquet file, whole or not at all; return the number of rows."""
    described = schema.with_metadata({METADATA_KEY: lineage.model_dump_json().encode()})
    rows = 0
    with replaced(out) as unfinished, pq.ParquetWriter(unfinished, described, compression="zstd") as writer:
        for batch in batches:
            table = pa.Table.from_batches([batch]).cast(schema)
            writer.write_table(table.replace_schema_metadata(described.metadata))
            rows += batch.num_rows
    return rows


def side_by_side(parts: Sequence[Path], identity: str) -> Iterator[pa.RecordBatch]:
    """The columns of several Parquet files as one table's; all have the same `identity`, in the same order."""
    with ExitStack() as stack:
        files = [stack.enter_context(pq.ParquetFile(part, pre_buffer=False)) for part in parts]
        for batches in zip(*(file.iter_batches(ROWS) for file in files), strict=True):
            first, *others = batches
            columns = dict(zip(first.schema.names, first.columns, strict=True))
            for part, batch in zip(parts[1:], others, strict=True):
                if not batch[identity].equals(first[identity]):
                    raise ValueError(f"{part.name} has other clients than {parts[0].name}")
                columns |= dict(zip(batch.schema.names, batch.columns, strict=True))
            yield pa.RecordBatch.from_pydict(columns)


def read_lineage(path: Path) -> Lineage | None:
    """The lineage in a Parquet file, None where the file is not a feature table."""
    if path.suffix != ".parquet":
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
    except pa.ArrowInvalid:
        raise UserError(f"{path}: expected a Parquet file, and it is none in spite of its name") from None
    return Lineage.model_validate_json(metadata[METADATA_KEY]) if METADATA_KEY in metadata else None


def read_feature_table(path: Path) -> FeatureTable:
    """Read a feature table; raise `UserError` where the file is none or its target is not 0 or 1."""
    lineage = read_lineage(path)
    if lineage is None:
        raise UserError(f"{path}: expected a feature table, as `mlflow run . -e features` writes it")
    frame = pq.read_table(path).to_pandas()
    target = frame[lineage.target]
    wrong = int((~target.isin([0, 1])).sum())
    if wrong:
        raise UserError(f"{path}: {lineage.target} must be 0 or 1, and is not in {wrong:,} rows")
    if target.nunique() < 2:
        raise UserError(f"{path}: {lineage.target} is the same in every row: there is nothing to learn")
    unnamed = int(frame[lineage.id].isna().sum())
    if unnamed:
        raise UserError(f"{path}: {lineage.id} names the client, and is missing in {unnamed:,} rows")
    doubled = int(frame[lineage.id].duplicated().sum())
    if doubled:
        raise UserError(f"{path}: {lineage.id} must be unique, and {doubled:,} rows repeat one")
    return FeatureTable(frame, lineage, path)


def source_of(file: Path) -> SourceTable:
    """Name, size and digest of a file."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return SourceTable(file=file.name, bytes=file.stat().st_size, sha256=digest)
