"""History features of all clients in the data, with or without an application."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import Lineage, read_lineage, side_by_side
from steps.tables.footer import opened
from steps.tables.seven_tables import past_loans

BATCH_ROWS = 20_000


@dataclass(frozen=True)
class ClientHistory:
    """The history of clients, one row each, sorted by id.

    Each of `batches` has the id, then `columns`; the batches can be read once. `clients` is the number of rows.
    """

    columns: tuple[str, ...]
    batches: Iterable[pa.RecordBatch]
    clients: int
    lineage: Lineage


@contextmanager
def client_history(path: Path, engine: Engine, settings: Settings) -> Iterator[ClientHistory]:
    """Stream the history features of a folder of Home Credit's tables, or of a feature table.

    A folder's tables include clients without an application, who may apply next; a feature table has applicants
    only. Raise `UserError` for data without history.
    """
    if path.is_dir():
        with _of_folder(path, engine, settings) as history:
            yield history
    elif path.is_file():
        yield _of_feature_table(path)
    else:
        raise UserError(f"data: expected 'sample', a folder or a feature table, found nothing at {path.absolute()}")


@contextmanager
def _of_folder(folder: Path, engine: Engine, settings: Settings) -> Iterator[ClientHistory]:
    with past_loans(folder, engine, settings, settings.data_folder / "history") as (files, lineage):
        clients = pq.read_metadata(files[0]).num_rows
        yield ClientHistory(lineage.history, side_by_side(files, lineage.id), clients, lineage)


def _of_feature_table(path: Path) -> ClientHistory:
    lineage = read_lineage(path)
    if lineage is None or not lineage.history:
        raise UserError(
            f"{path} has no history: expected a folder with Home Credit's tables, or a feature table built from one"
        )
    file = opened(path)
    batches = file.iter_batches(BATCH_ROWS, columns=[lineage.id, *lineage.history])
    return ClientHistory(lineage.history, batches, file.metadata.num_rows, lineage)
