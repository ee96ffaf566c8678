"""The file of a portfolio's applications: it appears whole or not at all, and knows which data it was built from."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.atomic import atomic_write
from steps.run.console import UserError
from steps.run.first_use import one_at_a_time
from steps.tables.feature_table import SourceTable
from steps.tables.footer import opened

DIGEST, IDENTITY = b"credit_scoring.digest", b"credit_scoring.identity"  # of the file's metadata


@dataclass(frozen=True)
class Portfolio:
    """Applications to decide about: a Parquet file with a row for each, in the order of the decisions.

    Attributes
    ----------
    path : pathlib.Path
        The file: the client's id, null where missing, and the fields, numbers as float64, texts as string, null where
        missing. Other columns, such as outcomes, may be there and nobody reads them.
    identity : str
        Name of the id's column, as in the feature table that the model was trained on.
    rows : int
        The number of applications.
    digest : str
        SHA-256 over the digests of the source files and how they are read: the same data, the same digest.
    data : pathlib.Path
        The folder or file that the user named, for messages.
    """

    path: Path
    identity: str
    rows: int
    digest: str
    data: Path = Path()


def digest_of(sources: Mapping[str, SourceTable], reading: str = "") -> str:
    """The digest of the source files by table, and of the description that they are read by."""
    digests = [f"{name}:{source.sha256}" for name, source in sorted(sources.items())]
    return hashlib.sha256("\n".join([*digests, reading]).encode()).hexdigest()


@contextmanager
def applications_file(folder: Path) -> Iterator[Path]:
    """The file's path in this folder, which one process at a time has."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "applications.parquet"
    with one_at_a_time(file):
        yield file


def built_before(file: Path, digest: str) -> Portfolio | None:
    """The portfolio in this file, if it is of the same data."""
    if not file.is_file():
        return None
    try:
        with opened(file) as content:
            metadata = content.schema_arrow.metadata or {}
            rows = content.metadata.num_rows
    except UserError:  # damaged: it is built again
        return None
    if metadata.get(DIGEST) != digest.encode() or IDENTITY not in metadata:
        return None
    return Portfolio(file, metadata[IDENTITY].decode(), rows, digest)


def write_applications(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, identity: str, digest: str, file: Path
) -> Portfolio:
    """Write the applications in the order of the batches, each a row group; an error of the batches leaves no file."""
    schema = schema.with_metadata({DIGEST: digest.encode(), IDENTITY: identity.encode()})
    rows = 0
    with atomic_write(file) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return Portfolio(file, identity, rows, digest)
