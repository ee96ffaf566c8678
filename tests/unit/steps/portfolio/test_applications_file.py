"""The file of a portfolio appears whole or not at all, and is used again for the same data alone."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steps.portfolio.applications_file import Portfolio, applications_file, built_before, digest_of, write_applications
from steps.tables.feature_table import SourceTable

ROWS = pa.record_batch({"client": pa.array([3, None]), "income": [1.5, 2.5]})


def written(folder: Path) -> Portfolio:
    with applications_file(folder) as file:
        return write_applications([ROWS, ROWS], ROWS.schema, "client", "one", file)


def test_a_file_is_used_again_for_the_same_data_alone(tmp_path):
    portfolio = written(tmp_path)

    assert portfolio == Portfolio(tmp_path / "applications.parquet", "client", 4, "one")
    assert built_before(portfolio.path, "one") == portfolio
    assert built_before(portfolio.path, "another") is None
    assert built_before(tmp_path / "none.parquet", "one") is None


def test_a_damaged_file_and_one_of_others_are_built_again(tmp_path):
    portfolio = written(tmp_path)
    pq.write_table(pa.table({"client": [1]}), tmp_path / "other.parquet")
    portfolio.path.write_bytes(portfolio.path.read_bytes()[:-20])

    assert built_before(portfolio.path, "one") is None
    assert built_before(tmp_path / "other.parquet", "one") is None


def test_an_error_of_the_rows_leaves_no_file(tmp_path):
    def broken() -> Iterator[pa.RecordBatch]:
        yield ROWS
        raise ValueError("the source has an error")

    with pytest.raises(ValueError, match="the source has an error"), applications_file(tmp_path) as file:
        write_applications(broken(), ROWS.schema, "client", "one", file)

    assert not list(tmp_path.iterdir())


def test_the_digest_is_of_the_files_and_their_reading_whatever_they_are_called():
    first, second = (SourceTable(file=name, bytes=1, sha256=name[0] * 64) for name in ("a.csv", "b.csv"))
    moved = first.model_copy(update={"file": "c.csv"})

    assert digest_of({"x": first, "y": second}) == digest_of({"y": second, "x": moved})
    assert len({digest_of({"x": first}), digest_of({"x": second}), digest_of({"x": first}, "by commas")}) == 3
