"""The folder that the image is built in: the Dockerfile, the packages' versions and the model."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import mlflow
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from custom_model.origin import REGISTRATION, Origin, name_copy
from custom_model.server.following.alias import RegistryDown, alias_of
from custom_model.server.following.download import WITHOUT_BARS
from custom_model.server.following.release import Release
from custom_model.unavailable import REGISTERED, unavailable
from steps.container import assemble
from steps.container.requirements import requirements
from steps.run.console import UserError
from steps.run.settings import PROJECT

DOCKERFILE = PROJECT / "deploy" / "image" / "Dockerfile"
COMMIT = "mlflow.source.git.commit"


@dataclass(frozen=True)
class Context:
    """A folder to build in, and what the build is told: Python's version, and labels by name."""

    folder: Path
    model: str  # name/version
    python: str
    labels: dict[str, str] = field(default_factory=dict)


def write_context(model_uri: str, folder: Path, scratch: Path) -> Context:
    """Write all that the build needs into an empty folder; raise `UserError` where the model has no hardened server."""
    model = download(model_uri, folder, scratch)
    try:
        release = Release.of(model, None)
    except ValueError as error:
        raise UserError(f"{model_uri} has no hardened server: {error}; use `mlflow models build-docker`") from None
    for compiled in list(model.rglob("__pycache__")):
        shutil.rmtree(compiled)
    python = str(yaml.safe_load((model / "python_env.yaml").read_text("utf-8"))["python"])
    shutil.copy(DOCKERFILE, folder / "Dockerfile")
    shutil.copy(assemble.__file__, folder / "assemble.py")
    (folder / "requirements.txt").write_text(requirements(model, python, scratch), "utf-8")
    return Context(folder, release.label, python, labels(Origin.of(model)))


def download(model_uri: str, folder: Path, scratch: Path) -> Path:
    """The model in the folder `model`, under the name and version of the URI; an alias is resolved here, once."""
    alias = alias_of(model_uri)
    for name, value in WITHOUT_BARS.items():
        os.environ.setdefault(name, value)
    try:
        uri = model_uri if alias is None else f"models:/{alias.model}/{alias.ask().version}"
        downloaded = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(scratch)))
    except RegistryDown as error:
        raise UserError(str(error)) from None
    except Exception as error:  # each kind of store raises its own
        raise UserError(unavailable(model_uri, error)) from None
    if not (downloaded / "MLmodel").is_file():
        raise UserError(f"{model_uri} is no model: expected a URI such as models:/credit-scoring@champion")
    model = folder / "model"
    shutil.copytree(downloaded, model)
    named = REGISTERED.fullmatch(uri)
    if named is None:
        name_copy(model)
    else:  # versions that are copies of each other share their files, and the name there may be another's
        registration = {"model_name": named["name"], "model_version": named["version"]}
        (model / REGISTRATION).write_text(yaml.safe_dump(registration), "utf-8")
    return model


def labels(origin: Origin) -> dict[str, str]:
    """What the image says about itself: the version, its run, and the commit of the code that it has."""
    found = {"org.opencontainers.image.title": "credit-scoring", "credit-scoring.model": origin.label}
    if origin.version is not None:
        found["org.opencontainers.image.version"] = origin.version
    if origin.run is not None:
        found["credit-scoring.run"] = origin.run
        commit = _commit(origin.run)
        if commit:
            found["org.opencontainers.image.revision"] = commit
    return found


def _commit(run: str) -> str:
    try:
        return str(MlflowClient().get_run(run).data.tags.get(COMMIT, ""))
    except MlflowException:  # deleted, or of another store: the label is left out
        return ""
