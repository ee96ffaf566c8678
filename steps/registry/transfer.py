"""A version copied into another registry: its artifacts byte for byte, its training run with data and figures.

MLflow copies versions within one store alone, and lets the copy share the artifacts. Here two servers have nothing in
common: the copy is a logged model of its own, in a run of its own, which names where it came from.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mlflow
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from custom_model.origin import REGISTRATION
from steps.registry.version_record import GATE, REPORT, record
from steps.registry.versions import find_equal, uri_of
from steps.run.console import UserError, progress
from steps.run.mlflow_errors import is_taken
from steps.run.names import without_login
from steps.run.project_run import EXPERIMENT_ID
from steps.tracking.connection import connect
from steps.tracking.mlflow_internals import COMMIT_TAG, MLFLOW_TAGS
from steps.tracking.runs import describe_run, tracked_run
from steps.tracking.store import REGISTRY, open_store

COPIED = "copied.from"  # tag of a copy: the version's URI in its own registry, and the digest of its artifacts
COMMIT = "copied.commit"  # tag of its run: the commit that the version was trained with
THERE_ALONE = (GATE, REPORT)  # tags of a version: judged by another policy and champion, and a run that is not copied
MODEL, RUN = "model", "run"  # folders of an export


@dataclass(frozen=True)
class Export:
    """A version outside of any registry.

    Attributes
    ----------
    version
        As its own registry has it.
    run
        The run that trained it.
    folder
        Its artifacts in `model`, those of its run in `run`.
    origin
        The version's URI and the SHA-256 of its artifacts: the same for each export of it.
    """

    version: ModelVersion
    run: Run
    folder: Path
    origin: str


def export(version: ModelVersion, folder: Path) -> Export:
    """Download a version and the artifacts of its run into the folder; raise `UserError` where any is gone."""
    try:
        run = MlflowClient().get_run(str(version.run_id))
        mlflow.artifacts.download_artifacts(artifact_uri=uri_of(version), dst_path=str(folder / MODEL))
        (folder / RUN).mkdir()
        mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="", dst_path=str(folder / RUN))
    except (MlflowException, OSError) as error:
        raise UserError(f"{uri_of(version)} cannot be copied: {error}") from None
    (folder / MODEL / REGISTRATION).unlink(missing_ok=True)  # the name in its own registry
    return Export(version, run, folder, f"{uri_of(version)} sha256:{_digest(folder / MODEL)}")


def copied(exported: Export, model_name: str, tracking_uri: str) -> ModelVersion:
    """The copy of an exported version in the registry at `tracking_uri`, which has to be the present one.

    A version that was copied before is not copied again.
    """
    before = find_equal(model_name, COPIED, exported.origin)
    if before is not None:
        print(f"  {exported.origin.split()[0]} is version {before.version} there already")
        return before
    with tracked_run("copy", uri_of(exported.version).removeprefix("models:/"), tracking_uri) as run:
        with progress("copying the version with its run"):
            _copy_run(exported, run)
            model_id = _copy_model(exported, run)
            client = MlflowClient()
            _ensure_registered(client, model_name)
            kept = {name: value for name, value in exported.version.tags.items() if name not in THERE_ALONE}
            tags = {**kept, COPIED: exported.origin}
            copy = client.create_model_version(
                model_name, f"models:/{model_id}", run.info.run_id, tags=tags, model_id=model_id
            )
        record(model_name, copy.version, {})
        describe_run(f"A copy of {exported.origin}, and of the run that trained it.")
    return copy


def checked_target(tracking_uri: str, own: str) -> str:
    """The tracking URI of another registry; raise `UserError` for the present one, or one not reached."""
    without_login("to", tracking_uri)
    if os.environ.get(REGISTRY):
        raise UserError(f"to: expected {REGISTRY} to be unset, since it names one registry for all tracking servers")
    if tracking_uri.rstrip("/") == own.rstrip("/"):
        raise UserError("to: expected another registry than the present one, which needs no copy")
    open_store(tracking_uri)
    return tracking_uri


@contextmanager
def elsewhere(tracking_uri: str, own: str) -> Iterator[None]:
    """MLflow pointed at another store for the block, without the experiment that a number names in its own."""
    experiment = os.environ.pop(EXPERIMENT_ID, None)
    try:
        connect(tracking_uri)
        yield
    finally:
        connect(own)
        if experiment is not None:
            os.environ[EXPERIMENT_ID] = experiment


def _copy_run(exported: Export, run: Run) -> None:
    """Parameters, last metrics, tags, data and artifacts of the training run, in the active one."""
    data = exported.run.data
    mlflow.log_params(data.params)
    mlflow.log_metrics(data.metrics)
    mlflow.set_tags({key: value for key, value in data.tags.items() if not key.startswith(MLFLOW_TAGS)})
    mlflow.set_tag(COMMIT, data.tags.get(COMMIT_TAG, ""))
    datasets = exported.run.inputs.dataset_inputs if exported.run.inputs else []
    MlflowClient().log_inputs(run.info.run_id, datasets=datasets)
    mlflow.log_artifacts(str(exported.folder / RUN))


def _copy_model(exported: Export, run: Run) -> str:
    """The model as a logged model of the active run; MLmodel names both anew, as decisions report them."""
    client, folder = MlflowClient(), exported.folder / MODEL
    logged = client.create_logged_model(
        run.info.experiment_id, name="model", source_run_id=run.info.run_id, tags={COPIED: exported.origin}
    )
    described = yaml.safe_load((folder / "MLmodel").read_text("utf-8"))
    named = {"model_id": logged.model_id, "run_id": run.info.run_id, "artifact_path": logged.artifact_location}
    (folder / "MLmodel").write_text(yaml.safe_dump({**described, **named}, sort_keys=False), "utf-8")
    client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    return str(logged.model_id)


def _ensure_registered(client: MlflowClient, model_name: str) -> None:
    try:
        client.create_registered_model(model_name)
    except MlflowException as error:
        if not is_taken(error):
            raise


def _digest(folder: Path) -> str:
    """SHA-256 of the names and contents of all files of the folder."""
    digest = hashlib.sha256()
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        with file.open("rb") as content:
            own = hashlib.file_digest(content, "sha256").hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()} {own}\n".encode())
    return digest.hexdigest()
