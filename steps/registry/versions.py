"""Versions of the registered model: find one, make it champion, move it to another stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steps.registry.names import checked_model_name
from steps.run.console import UserError
from steps.run.mlflow_errors import is_absence

CHAMPION = "champion"


class Stage(StrEnum):
    """Stage of a version in the registry; only the gate leads to Production, the champion's stage."""

    staging = "Staging"
    production = "Production"
    archived = "Archived"


def find_version(model_name: str, version: str = "") -> ModelVersion:
    """The version with this number, or the latest.

    Parameters
    ----------
    model_name
        Name of the registered model.
    version
        Number of the version; empty: the latest.

    Raises
    ------
    UserError
        The model has no versions, or not this one; or the registry failed.
    """
    by_number = _versions(model_name)
    if not by_number:
        raise UserError(f"{model_name} has no versions: register one with `mlflow run . -e train`")
    if not version:
        return _latest(by_number)
    if version not in by_number:
        raise UserError(f"version: {model_name} has {', '.join(sorted(by_number, key=int))}, but no {version}")
    return by_number[version]


def find_latest(model_name: str) -> ModelVersion | None:
    """The version with the highest number, or None; raise `UserError` where the registry fails."""
    by_number = _versions(model_name)
    return _latest(by_number) if by_number else None


def find_equal(model_name: str, tag: str, value: str) -> ModelVersion | None:
    """The latest version with this value of a tag whose model can still be read; None where there is none."""
    by_number = _versions(model_name)
    for number in sorted(by_number, key=int, reverse=True):
        if by_number[number].tags.get(tag) == value and _is_readable(by_number[number]):
            return by_number[number]
    return None


def find_champion(model_name: str) -> ModelVersion | None:
    """The version under the alias `champion`.

    Returns
    -------
    ModelVersion or None
        None only where the registry answers that the model or the alias does not exist.

    Raises
    ------
    UserError
        The registry failed: a locked or unreachable store does not mean that there is no champion.
    """
    client = MlflowClient()
    with _registry_errors(f"find the champion of {model_name}"):
        try:
            # Not get_model_version_by_alias: it reports an alias that is not set as a bad parameter.
            version = client.get_registered_model(checked_model_name(model_name)).aliases.get(CHAMPION)
        except MlflowException as error:
            if is_absence(error):
                return None
            raise
        return None if version is None else client.get_model_version(model_name, version)


def make_champion(candidate: ModelVersion, champion: ModelVersion | None) -> None:
    """Give alias and stage of the champion to the candidate, and archive the version it replaces."""
    client = MlflowClient()
    client.transition_model_version_stage(candidate.name, candidate.version, Stage.production)
    client.set_registered_model_alias(candidate.name, CHAMPION, candidate.version)
    if champion is not None:
        client.transition_model_version_stage(champion.name, champion.version, Stage.archived)


def move(model_name: str, version: str, stage: Stage) -> ModelVersion:
    """Move a version to Staging or Archived.

    Returns
    -------
    ModelVersion
        The version before its move.

    Raises
    ------
    UserError
        The version is the champion, which only another champion replaces.
    """
    candidate, champion = find_version(model_name, version), find_champion(model_name)
    if champion is not None and champion.version == candidate.version:
        raise UserError(
            f"{model_name} version {candidate.version} is the champion: promote another version first, which archives "
            "this one"
        )
    MlflowClient().transition_model_version_stage(model_name, candidate.version, stage)
    return candidate


def uri_of(version: ModelVersion) -> str:
    """The URI that MLflow loads this version by."""
    return f"models:/{version.name}/{version.version}"


def _versions(model_name: str) -> dict[str, ModelVersion]:
    with _registry_errors(f"list the versions of {model_name}"):
        versions = MlflowClient().search_model_versions(f"name = '{checked_model_name(model_name)}'")
    return {str(each.version): each for each in versions}


def _is_readable(version: ModelVersion) -> bool:
    try:
        mlflow.models.get_model_info(uri_of(version))
    except (MlflowException, OSError):
        return False
    return True


def _latest(by_number: dict[str, ModelVersion]) -> ModelVersion:
    return by_number[max(by_number, key=int)]


@contextmanager
def _registry_errors(task: str) -> Iterator[None]:
    """Turn a failure of the registry into a `UserError`, which exit status 2 tells from a failed gate's 1."""
    try:
        yield
    except MlflowException as error:
        raise UserError(
            f"cannot {task}: the registry failed ({error.error_code}); nothing was changed. Make the tracking store "
            "reachable and try again"
        ) from error
