"""A temporary tracking store, which ends with the benchmark."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow

from steps.run.settings import Settings
from steps.tracking.connection import connect
from steps.tracking.runs import EXPERIMENT


@contextmanager
def temporary_store(settings: Settings) -> Iterator[tuple[Path, Settings]]:
    """A temporary folder for models, runs and further files, and the settings with its tracking store."""
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as name:
        folder = Path(name)
        temporary = settings.model_copy(update={"tracking_uri": f"sqlite:///{folder / 'mlflow.db'}"})
        connect(temporary.tracking_uri)
        mlflow.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").as_uri())
        yield folder, temporary
