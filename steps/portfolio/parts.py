"""Parts of a portfolio's decisions: Parquet files, each with its totals, that are joined in the end."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from steps.portfolio.totals import Totals
from steps.run.atomic import atomic_write

TOTALS = b"credit_scoring.totals"


def part_of(folder: Path, number: int) -> Path:
    """The file of a part in the folder of a scoring."""
    return folder / part_name(f"{number:06d}")


def part_name(number: str) -> str:
    """The name of a part's file; of all with `*`."""
    return f"part-{number}.parquet"


def write_part(path: Path, answers: Iterable[pa.RecordBatch]) -> Totals:
    """Write a part, whole or not at all, and return its totals, which the file has, too."""
    totals, writer = list[Totals](), None
    with atomic_write(path) as unfinished:
        try:
            for answer in answers:
                if writer is None:
                    writer = pq.ParquetWriter(unfinished, answer.schema, compression="zstd")
                writer.write_batch(answer)
                totals.append(Totals.of(answer))
            added = Totals.added(totals)
            if writer is not None:
                writer.add_key_value_metadata({TOTALS: added.model_dump_json().encode()})
        finally:
            if writer is not None:
                writer.close()
    return added


def totals_of(path: Path) -> Totals:
    """The totals of a part that is done."""
    return Totals.model_validate_json(pq.read_metadata(path).metadata[TOTALS])


def ids_of(path: Path) -> list[str]:
    """The ids of the decisions of a part that is done."""
    return pq.read_table(path, columns=["decision_id"])["decision_id"].drop_null().to_pylist()


def is_whole(path: Path) -> bool:
    """Whether a part is done: it is there, and a power cut has not left it empty."""
    try:
        totals_of(path)
    except (pa.ArrowException, OSError, KeyError, ValidationError):
        return False
    return True


def join(parts: Sequence[Path], out: Path, metadata: Mapping[bytes, bytes]) -> None:
    """Write all parts in their order as one file, whole or not at all; a row group of each is in memory at a time."""
    with atomic_write(out) as unfinished:
        schema = pq.read_schema(parts[0]).with_metadata(dict(metadata))
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
            for part in parts:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        writer.write_table(file.read_row_group(group).replace_schema_metadata(dict(metadata)))
