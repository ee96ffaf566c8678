"""The footer of a Parquet file, checked before its rows are read: whoever wrote it may have written anything."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.console import UserError

MOST_ROWS = 100_000_000  # memory is taken for as many rows as the footer says


def read_footer(path: Path) -> pq.FileMetaData:
    """The footer; raise `UserError` where it is none, or its parts disagree about the number of rows."""
    with opened(path) as file:
        return file.metadata


def opened(path: Path) -> pq.ParquetFile:
    """The file, whose footer is read and checked, and whose rows are not yet read."""
    try:
        file = pq.ParquetFile(path.absolute())  # a relative path such as s3:loans.parquet would be a URI
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of the content
        raise UserError(f"{path} is named .parquet but is not a Parquet file, or is cut off: copy it again") from None
    if not _is_consistent(file.metadata):
        file.close()
        raise UserError(f"{path} is damaged: its footer counts its rows in different ways; write the file again")
    return file


def doubled_names(schema: pa.Schema) -> list[str]:
    """The names of several columns."""
    return sorted(name for name, count in Counter(schema.names).items() if count > 1)


def _is_consistent(footer: pq.FileMetaData) -> bool:
    if not 0 <= footer.num_rows <= MOST_ROWS:
        return False
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    return sum(group.num_rows for group in groups) == footer.num_rows and all(
        values == group.num_rows for group in groups for values in _values(footer, group)
    )


def _values(footer: pq.FileMetaData, group: pq.RowGroupMetaData) -> Iterator[int]:
    """The number of values in each column that has one in each row, missing ones included."""
    for number in range(group.num_columns):
        if footer.schema.column(number).max_repetition_level == 0:
            yield group.column(number).num_values
