"""The version that is watched in production, and what the registry says of its last window."""

import re

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from steps.registry.names import MODEL_NAME, champion_uri, checked_model_name
from steps.registry.versions import NAMED, find_version, named_version, registry_errors
from steps.run.console import UserError
from steps.run.names import checked_uri

SHORT = re.compile(r"([^/@:]+)/([0-9]+)")
WINDOW, ALARMS, RUN = "monitoring.window", "monitoring.alarms", "monitoring.run"  # tags


def watched_version(model: str) -> ModelVersion:
    """The version of a model: a registered name (its champion), name/version, or models:/...; empty: the project's.

    Raises
    ------
    UserError
        Another text, no such version, or a registry that fails.
    """
    uri = _uri(model or MODEL_NAME)
    version = named_version(uri)
    if version is not None:
        return version
    name, number, _ = _parts(uri)
    there = find_version(name, number or "")  # raises where the model or the number is not there
    raise UserError(
        f"model: {uri} leads to no version: make one champion with `mlflow run . -e promote --env-manager local`, or "
        f"name one, as -P model={name}/{there.version}"
    )


def record_window(version: ModelVersion, window: str, alarms: str, run_id: str) -> None:
    """Tag the version with its last window, what raised an alarm there, and the run with the report."""
    client = MlflowClient()
    with registry_errors(f"tag {version.name} version {version.version} with what was found"):
        for tag, value in ((WINDOW, window), (ALARMS, alarms), (RUN, run_id)):
            client.set_model_version_tag(version.name, version.version, tag, value)


def _uri(model: str) -> str:
    checked_uri("model", model)
    if NAMED.fullmatch(model):
        _parts(model)
        return model
    if short := SHORT.fullmatch(model):
        return f"models:/{checked_model_name(short[1])}/{short[2]}"
    if ":" in model or "/" in model or "@" in model:
        raise UserError(
            "model: expected a registered model's name, name/version, models:/name/version or models:/name@alias, as "
            f"-P model={MODEL_NAME}/7; got another URI: traffic is on record under a registered name"
        )
    return champion_uri(checked_model_name(model))


def _parts(uri: str) -> tuple[str, str | None, str | None]:
    found = NAMED.fullmatch(uri)
    assert found is not None
    name, number, alias = found.groups()
    return checked_model_name(name), number, alias
