"""The tasks that a portfolio is cut into: each reads its own rows of the file, so that no process waits for another."""

from pathlib import Path

import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

FEWEST, MOST = 2_000, 20_000  # rows of a task: what a kill loses, and the step of the progress bar


class Task(BaseModel):
    """Rows of one row group of the file: `rows` of them from `skip` on, the first of which is row `first` of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    row_group: int
    skip: int
    rows: int
    first: int


def tasks_of(path: Path, processes: int) -> tuple[Task, ...]:
    """The tasks of a Parquet file in the order of its rows, enough of them for all processes where it has the rows."""
    file = pq.read_metadata(path)
    most = min(MOST, max(FEWEST, -(-file.num_rows // (4 * processes))))
    tasks, first = list[Task](), 0
    for group in range(file.num_row_groups):
        rows = file.row_group(group).num_rows
        for skip in range(0, rows, most):
            count = min(most, rows - skip)
            tasks.append(Task(number=len(tasks), row_group=group, skip=skip, rows=count, first=first + skip))
        first += rows
    return tuple(tasks)
