"""Spark's executors: they run the project's own code, which is sent to them.

They need Python 3.11 with the packages of python_env.yaml, which PYSPARK_PYTHON names there.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from steps.run.console import UserError
from steps.run.settings import PROJECT
from steps.tables.engines import is_of_spark

SHIPPED = ("steps", "custom_model")


def session_with_code(master: str, folder: Path) -> Any:
    """Spark's session that is open, whose executors have the project's code; `folder` has the archive of it."""
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    assert session is not None
    if master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        session.sparkContext.pythonExec = sys.executable  # not the first python3 of PATH, which lacks the packages
    session.sparkContext.addPyFile(str(_shipped(folder)))
    return session


@contextmanager
def explained(master: str, task: str, shared: str) -> Iterator[None]:
    """Raise `UserError` for what fails in Spark, whose own log, above it, has the reason.

    `task` is what Spark did, as "counted x.parquet"; `shared` is what executors need under the same path as here.
    """
    try:
        yield
    except Exception as error:
        if not is_of_spark(error):
            raise
        raise UserError(
            f"engine: Spark at {master} failed while it {task} ({type(error).__name__}): expected Java 17 "
            f"here, and on its executors the packages of python_env.yaml and {shared} under the same path"
        ) from None


def _shipped(folder: Path) -> Path:
    """The project's code in an archive that Python imports from."""
    archive = folder / "credit_scoring.zip"
    with ZipFile(archive, "w") as content:
        for package in SHIPPED:
            for file in sorted((PROJECT / package).rglob("*.py")):
                content.write(file, file.relative_to(PROJECT))
    return archive
