"""A temporary tracking store, which ends with the benchmark."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow

from steps.run.settings import Settings
from steps.tracking.runs import EXPERIMENT, connect


@contextmanager
def temporary_store() -> Iterator[Path]:
    """Keep models and runs in a temporary folder; the folder is yielded for further files."""
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as name:
        folder = Path(name)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
        connect(Settings().tracking_uri)
        mlflow.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").as_uri())
        yield folder
