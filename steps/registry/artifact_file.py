"""One file of a version's artifact, without the rest of it."""

import tempfile
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion

from steps.registry.versions import uri_of


def artifact_file(version: ModelVersion, name: str) -> bytes | None:
    """The content of the artifact's file that the model knows by this name; None where it has no such file.

    Raises
    ------
    MlflowException, OSError
        The store cannot be read.
    """
    uri = uri_of(version)
    flavors = mlflow.models.get_model_info(uri).flavors
    entry = flavors.get("python_function", {}).get("artifacts", {}).get(name)
    if entry is None:
        return None
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        file = mlflow.artifacts.download_artifacts(f"{uri}/{entry['path']}", dst_path=folder)
        return Path(file).read_bytes()
