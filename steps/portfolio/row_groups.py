"""Rows of a Parquet file's row groups, read forward: what a process has passed it reads again only for rows before."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.console import UserError

AT_ONCE = 5_000  # rows that are decided at once: their matrix fits into what the allocator keeps, and nearly a cache


class RowGroups:
    """The row groups of a file, of which one is open at a time: its tasks come in the order of its rows."""

    def __init__(self, path: Path, columns: Sequence[str]):
        self._path = path
        self._file = pq.ParquetFile(path, pre_buffer=False)
        self._columns = list(columns)
        self._group = -1
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._first, self._batch = 0, None  # the batch that was read last, and the number of its first row

    def rows(self, group: int, skip: int, count: int) -> Iterator[pa.RecordBatch]:
        """`count` rows of a group from `skip` on, at most `AT_ONCE` at a time; fewer where it ends before.

        Raise `UserError` where the file is damaged.
        """
        if group != self._group or skip < self._first:
            self._open(group)
        last = skip + count
        while skip < last:
            batch = self._batch_of(skip)
            if batch is None:
                return
            some = batch.slice(skip - self._first, last - skip)
            skip += len(some)
            yield some

    def _open(self, group: int) -> None:
        self._group, self._first, self._batch = group, 0, None
        self._batches = self._file.iter_batches(AT_ONCE, row_groups=[group], columns=self._columns)

    def _batch_of(self, row: int) -> pa.RecordBatch | None:
        """The batch with this row, or None after the last one."""
        while self._batch is None or self._first + len(self._batch) <= row:
            passed = 0 if self._batch is None else len(self._batch)
            batch = self._next()
            if batch is None:
                self._group = -1
                return None
            self._first, self._batch = self._first + passed, batch
        return self._batch

    def _next(self) -> pa.RecordBatch | None:
        try:
            batch = next(self._batches, None)
            if batch is not None:
                batch.validate(full=True)  # texts in UTF-8
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk, not of the content
            raise UserError(f"{self._path} is damaged, or has texts that are not UTF-8: write it again") from None
        return batch
