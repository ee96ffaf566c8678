"""The identity of a model in MLflow, for decisions and their records."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import yaml
from sqlalchemy.engine import make_url

from custom_model.mlmodel_file import read_yaml

REGISTRATION = "registered_model_meta"  # MLflow writes it next to MLmodel when it downloads models:/name/version
UNREGISTERED = "unregistered"
QUICKLY = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}  # a registry may be down

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """The registered model and its version, else the id of the logged model; the run that trained it."""

    name: str = UNREGISTERED
    version: str | None = None
    run: str | None = None

    @property
    def label(self) -> str:
        """ "name/version", or the name alone."""
        return self.name if self.version is None else f"{self.name}/{self.version}"

    @classmethod
    def of(cls, root: Path) -> Self:
        """The identity of the model in this folder: never a name that may be another version's.

        Versions that are copies of each other share one logged model. Where the store is a folder of this machine they
        share its files, too, and the name there is that of the latest download: then the registry answers instead,
        if it has one version of the logged model alone.
        """
        logged, registered = _read(root / "MLmodel"), _read(root / REGISTRATION)  # runs:/ and models:/m-id: null
        model, run = logged.get("model_id"), logged.get("run_id")
        if registered.get("model_name") and not _is_shared(root, logged):
            return cls(registered["model_name"], str(registered["model_version"]), run)
        versions = _versions_of(model, run) if model else []
        if len(versions) == 1:
            return cls(*versions[0], run)
        if versions:
            names = " and ".join(f"{name}/{version}" for name, version in versions)
            log.warning("%s is the model of %s: decisions name the model, not a version", model, names)
        return cls(model or UNREGISTERED, None, run)


def name_copy(folder: Path) -> None:
    """Write the registered name of a model, if it has one, into a folder that is this process's own copy of it.

    All workers then report this name, although they are started at other times and with the model's own code.
    """
    origin = Origin.of(folder)
    if origin.version is not None:
        name = {"model_name": origin.name, "model_version": origin.version}
        (folder / REGISTRATION).write_text(yaml.safe_dump(name), "utf-8")


def _versions_of(model: str, run: str | None) -> list[tuple[str, str]]:
    """Name and version of every registered version of this logged model; empty where no registry answers."""
    import mlflow  # 100 MB that a server of a folder's model need not have beside its workers
    from mlflow import MlflowClient

    if not registry_exists(mlflow.get_registry_uri()):
        return []
    query = f"run_id = '{run}'" if run else f"source_path = 'models:/{model}'"
    try:
        with quickly():
            client = MlflowClient()
            found = [(each.name, str(each.version)) for each in client.search_model_versions(query)]
            # Not each.model_id, which MLflow's SQL store leaves empty.
            return sorted(each for each in found if model in client.get_model_version_download_uri(*each).split("/"))
    except Exception as error:  # of any store: a model is served without its registry, under the name of its files
        log.warning("the registry cannot be asked for the version of %s (%s)", model, type(error).__name__)
        return []


def registry_exists(registry: str) -> bool:
    """False for an SQLite file that is not there, which MLflow would create."""
    if not registry.startswith("sqlite:"):
        return True
    file = make_url(registry).database
    return file is not None and Path(file).is_file()


@contextmanager
def quickly() -> Iterator[None]:
    """Let MLflow give up on a server that does not answer after seconds."""
    before = {name: os.environ.get(name) for name in QUICKLY}
    os.environ |= QUICKLY
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _is_shared(root: Path, logged: dict) -> bool:
    """Whether this is the folder in which MLflow keeps the logged model, not a copy of it."""
    location = urlsplit(str(logged.get("artifact_path", "")))
    return location.scheme in ("", "file") and bool(location.path) and Path(unquote(location.path)) == root.resolve()


def _read(file: Path) -> dict:
    return read_yaml(file.read_text("utf-8")) if file.exists() else {}
