"""A new SQLite store of MLflow: its tables are created in memory, and reach the disk at once."""

import os
from pathlib import Path

from sqlalchemy import StaticPool, create_engine

from steps.tracking.mlflow_internals import create_tables


def create_store(file: Path) -> None:
    """Create the file with MLflow's tables, whole or not at all; one process at a time may do so.

    MLflow itself waits for the disk after each of its migrations, which takes seconds.
    """
    file = file.resolve()
    part = file.with_name(f".{file.name}.new")
    part.unlink(missing_ok=True)  # of a process that was killed
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        create_tables(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(part),))
    finally:
        engine.dispose()
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(file)
