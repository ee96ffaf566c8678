"""Rows of a task, from a file with large row groups."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.portfolio import row_groups
from steps.portfolio.row_groups import RowGroups
from steps.run.console import UserError


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Row groups of 60, 60 and 10 rows, of which 25 are read at once."""
    monkeypatch.setattr(row_groups, "AT_ONCE", 25)
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"row": [*range(130)], "other": [0] * 130}), path, row_group_size=60)
    return path


def read(groups: RowGroups, *task: int) -> list[int]:
    return [row for batch in groups.rows(*task) for row in batch["row"].to_pylist()]


@pytest.mark.parametrize(
    "tasks",
    [
        [(0, 0, 60), (1, 0, 60), (2, 0, 10)],
        [(0, 0, 7), (0, 7, 7), (0, 50, 10), (1, 26, 1), (2, 3, 7)],  # others have the rows between
        [(0, 30, 10), (0, 0, 10), (0, 35, 10)],  # back
        [(1, 10, 5), (0, 10, 5), (1, 10, 5)],
    ],
)
def test_a_task_has_its_rows_whichever_was_read_before(file, tasks):
    groups = RowGroups(file, ["row"])

    for group, skip, count in tasks:
        first = 60 * group + skip
        assert read(groups, group, skip, count) == [*range(first, first + count)]


def test_rows_after_the_end_are_not_there_and_a_later_task_is_whole(file):
    groups = RowGroups(file, ["row"])

    assert read(groups, 2, 5, 20) == [*range(125, 130)]
    assert read(groups, 2, 0, 10) == [*range(120, 130)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_texts_that_are_not_utf_8_are_an_error_with_the_file(tmp_path, kind):
    texts = pa.array([b"own", b"s\xe9cret"], pa.binary()).cast(pa.large_binary()).view(pa.large_string()).cast(kind)
    pq.write_table(pa.table({"home": texts}), tmp_path / "rows.parquet")

    with pytest.raises(UserError, match=r"rows\.parquet is damaged, or has texts that are not UTF-8") as error:
        [*RowGroups(tmp_path / "rows.parquet", ["home"]).rows(0, 0, 2)]
    assert "cret" not in str(error.value)


def test_a_page_that_is_damaged_is_an_error_with_the_file(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"row": [*range(1_000)]}), path)
    content = path.read_bytes()
    path.write_bytes(content[:200] + 300 * b"\xff" + content[500:])

    with pytest.raises(UserError, match="is damaged"):
        [*RowGroups(path, ["row"]).rows(0, 0, 1_000)]


def test_tasks_in_the_order_of_the_rows_read_each_group_once(file, monkeypatch):
    opened = []
    read_batches = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda *given, **named: opened.append(1) or read_batches(*given, **named)
    )
    groups = RowGroups(file, ["row"])

    for skip in range(0, 60, 8):
        read(groups, 0, skip, min(8, 60 - skip))

    assert len(opened) == 1
