"""Where an artifact of the active run is, for a person to open."""

from urllib.parse import unquote, urlsplit

import mlflow


def artifact_place(name: str) -> str:
    """The artifact's file where it is on this machine; else what has it."""
    parts = urlsplit(mlflow.get_artifact_uri(name))
    return unquote(parts.path) if parts.scheme in ("", "file") else f"{name} of the run, which `mlflow ui` shows"
