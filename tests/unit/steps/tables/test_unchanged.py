"""Files that are changed while they are read: a digest is of the bytes that the rows are from, or there is none."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest

from steps.description import building
from steps.features import build
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables import seven_tables
from steps.tables.feature_table import read_lineage, source_of
from steps.tables.unchanged import Snapshot
from tests.unit.steps.raw_tables import write_table

FLAT = "client,bad,income\n" + "".join(f"{number},{number % 2},{number}\n" for number in range(50))


def replace(file: Path) -> None:
    """Another file under the same name, of the same size and, as far as a user can choose it, of the same time."""
    before = file.stat()
    other = file.with_suffix(".other")
    other.write_bytes(file.read_bytes()[::-1])
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)


def rewrite(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:-2] + b"9\n")


def swap_for_a_moment(file: Path) -> None:
    """Another file in its place, and the first one back again."""
    kept = file.rename(file.with_suffix(".kept"))
    file.write_bytes(b"other")
    kept.replace(file)


@pytest.mark.parametrize("change", [replace, rewrite, swap_for_a_moment])
def test_a_change_in_between_is_told(tmp_path, change):
    file = tmp_path / "loans.csv"
    file.write_text(FLAT)
    snapshot = Snapshot([file])
    snapshot.check()

    change(file)

    with pytest.raises(UserError, match=r"loans\.csv was changed or replaced while it was read"):
        snapshot.check()


@pytest.mark.parametrize("change", [replace, rewrite])
def test_a_flat_file_that_changes_between_reading_and_digest_gives_no_table(tmp_path, monkeypatch, change):
    file, out = tmp_path / "loans.csv", tmp_path / "out.parquet"
    file.write_text(FLAT)

    def digested(path):
        change(path)
        return source_of(path)

    monkeypatch.setattr(building, "source_of", digested)

    with pytest.raises(UserError, match="was changed or replaced while it was read"):
        build(str(file), out, Engine.duckdb, "bad", "client", Settings())

    assert not out.exists()


@pytest.mark.slow
def test_a_raw_table_that_changes_between_reading_and_digest_gives_no_table(raw, tmp_path, monkeypatch):
    for name, table in raw.items():
        write_table(table, tmp_path / f"{name}.parquet")

    def digested(path):
        if path.stem == "bureau":
            replace(path)
        return source_of(path)

    monkeypatch.setattr(seven_tables, "source_of", digested)

    with pytest.raises(UserError, match=r"bureau\.parquet was changed or replaced while it was read"):
        build(str(tmp_path), tmp_path / "out.parquet", Engine.duckdb, "TARGET", "SK_ID_CURR", Settings())

    assert not (tmp_path / "out.parquet").exists()


def test_the_digest_in_the_lineage_is_of_the_files_bytes(tmp_path):
    file, out = tmp_path / "loans.csv", tmp_path / "out.parquet"
    file.write_text(FLAT)

    build(str(file), out, Engine.duckdb, "bad", "client", Settings())

    lineage = read_lineage(out)
    assert lineage is not None
    assert lineage.sources["loans"].sha256 == hashlib.sha256(FLAT.encode()).hexdigest()


def test_pandas_index_is_a_column_like_any_other(tmp_path):
    frame = pd.DataFrame({"client": range(50), "bad": [0, 1] * 25, "income": [float(number) for number in range(50)]})
    frame.set_index("client").to_parquet(tmp_path / "by_client.parquet")
    frame.set_index("income").to_parquet(tmp_path / "by_income.parquet")
    frame.to_parquet(tmp_path / "flat.parquet")

    tables = [
        pd.read_parquet(
            build(
                str(tmp_path / f"{name}.parquet"), tmp_path / "out" / name, Engine.duckdb, "bad", "client", Settings()
            )
        )
        for name in ("by_client", "by_income", "flat")
    ]

    for table in tables:
        assert table[["client", "bad", "income"]].equals(tables[-1])
