"""A new SQLite store has the tables that MLflow itself creates, and is there whole or not at all."""

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from steps.tracking import new_store
from steps.tracking.mlflow_internals import create_tables
from steps.tracking.new_store import create_store


def dumped(file: Path) -> list[list[str]]:
    """Every statement that makes the database, each as its sorted lines: MLflow orders constraints by chance."""
    with sqlite3.connect(file) as connection:
        statements = [re.split(r",?\s*\n", statement) for statement in connection.iterdump()]
    connection.close()
    return sorted(sorted(line.strip() for line in lines) for lines in statements)


def test_its_schema_and_rows_are_those_that_mlflow_itself_creates_on_disk(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'mlflows.db'}")
    create_tables(engine)
    engine.dispose()

    create_store(tmp_path / "own.db")

    assert any("alembic_version" in line for lines in dumped(tmp_path / "own.db") for line in lines)
    assert dumped(tmp_path / "own.db") == dumped(tmp_path / "mlflows.db")


def test_a_creation_that_breaks_off_leaves_no_store_and_the_next_one_succeeds(tmp_path, monkeypatch):
    file = tmp_path / "mlflow.db"
    (tmp_path / ".mlflow.db.new").write_bytes(b"of a killed process")

    with monkeypatch.context() as patch:
        patch.setattr(new_store.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            create_store(file)
    assert not file.exists()
    create_store(file)

    assert [each.name for each in tmp_path.iterdir()] == ["mlflow.db"]


def interrupted(_: int) -> None:
    raise KeyboardInterrupt


def test_a_link_to_a_store_that_is_yet_to_be_created_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "mlflow.db"
    link.symlink_to(tmp_path / "elsewhere" / "mlflow.db")

    create_store(link)

    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "mlflow.db").stat().st_size > 0
