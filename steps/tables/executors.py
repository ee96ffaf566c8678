"""Spark's executors: they run the project's own code, which is sent to them.

They need Python 3.11 with the packages of python_env.yaml, which PYSPARK_PYTHON names there.
"""

import os
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from steps.run.settings import PROJECT

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


def _shipped(folder: Path) -> Path:
    """The project's code in an archive that Python imports from."""
    archive = folder / "credit_scoring.zip"
    with ZipFile(archive, "w") as content:
        for package in SHIPPED:
            for file in sorted((PROJECT / package).rglob("*.py")):
                content.write(file, file.relative_to(PROJECT))
    return archive
