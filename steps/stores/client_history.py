"""The history features of all clients that the data knows, with or without an application of theirs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import Lineage, read_lineage, side_by_side
from steps.tables.seven_tables import past_loans

BATCH = 20_000  # rows


@dataclass(frozen=True)
class ClientHistory:
    """Batches of the id and then `columns`, one row a client, sorted by id."""

    columns: tuple[str, ...]
    batches: Iterable[pa.RecordBatch]
    clients: int
    lineage: Lineage


@contextmanager
def client_history(path: Path, engine: Engine, settings: Settings) -> Iterator[ClientHistory]:
    """Stream the history features of a folder of Home Credit's tables, or of a feature table.

    A folder's tables tell of clients who have no application in it, too: those whom a lender meets next. A
    feature table has the clients of its applications only. Raises `UserError` for data without history.
    """
    if path.is_dir():
        with _of_folder(path, engine, settings) as history:
            yield history
    elif path.is_file():
        yield _of_feature_table(path)
    else:
        raise UserError(f"data: expected 'sample', a folder or a feature table, found nothing at {path}")


@contextmanager
def _of_folder(folder: Path, engine: Engine, settings: Settings) -> Iterator[ClientHistory]:
    with past_loans(folder, engine, settings, settings.data_folder / "history") as (files, lineage):
        clients = pq.read_metadata(files[0]).num_rows
        yield ClientHistory(lineage.history, side_by_side(files, lineage.id), clients, lineage)


def _of_feature_table(path: Path) -> ClientHistory:
    lineage = read_lineage(path)
    if lineage is None or not lineage.history:
        raise UserError(f"{path} has no history: give a folder with Home Credit's tables, or a feature table of them")
    file = pq.ParquetFile(path)
    batches = file.iter_batches(BATCH, columns=[lineage.id, *lineage.history])
    return ClientHistory(lineage.history, batches, file.metadata.num_rows, lineage)
