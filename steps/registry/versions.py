"""Versions of the registered model: the one of a number, the latest, the champion."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steps.registry.names import checked_model_name
from steps.run.console import UserError, listed
from steps.run.mlflow_errors import UNREADABLE, is_absence
from steps.run.printable import shown

CHAMPION, PREVIOUS, PENDING = "champion", "previous", "pending"  # aliases
NAMED = re.compile(r"models:/([^/@:]+)(?:/([0-9]+)|@([^/@]+))")
MOVING = re.compile(r"models:/([^/@:]+)/([A-Za-z]+)")
LISTED = 10  # versions that a message names, the latest first


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
    by_number = versions_of(model_name)
    if not by_number:
        raise UserError(f"{model_name} has no versions: register one with `mlflow run . -e train --env-manager local`")
    if not version:
        return _latest(by_number)
    if version not in by_number:
        there = listed(sorted(by_number, key=int, reverse=True), LISTED)
        raise UserError(f"version: {model_name} has {there}, but no {shown(version)}")
    return by_number[version]


def find_latest(model_name: str) -> ModelVersion | None:
    """The version with the highest number, or None; raise `UserError` where the registry fails."""
    by_number = versions_of(model_name)
    return _latest(by_number) if by_number else None


def find_equal(model_name: str, tag: str, value: str) -> ModelVersion | None:
    """The latest version with this value of a tag whose model can still be read; None where there is none."""
    by_number = versions_of(model_name)
    for number in sorted(by_number, key=int, reverse=True):
        if by_number[number].tags.get(tag) == value and is_readable(by_number[number]):
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
    with registry_errors(f"find the champion of {model_name}"):
        try:
            # Not get_model_version_by_alias: it reports an alias that is not set as a bad parameter.
            version = client.get_registered_model(checked_model_name(model_name)).aliases.get(CHAMPION)
        except MlflowException as error:
            if is_absence(error):
                return None
            raise
        return None if version is None else client.get_model_version(model_name, version)


def named_version(uri: str) -> ModelVersion | None:
    """The version that models:/name/7, models:/name@alias, models:/name/latest or models:/name/Staging names.

    None for another URI, or where there is none.
    """
    if moving := MOVING.fullmatch(uri):
        return _in_stage(*moving.groups())
    found = NAMED.fullmatch(uri)
    if found is None:
        return None
    name, number, alias = found.groups()
    client = MlflowClient()
    with registry_errors(f"find {uri}"):
        try:
            if number:
                return client.get_model_version(name, number)
            version = client.get_registered_model(name).aliases.get(alias)
            return None if version is None else client.get_model_version(name, version)
        except MlflowException as error:
            if is_absence(error):
                return None
            raise


def _in_stage(model_name: str, stage: str) -> ModelVersion | None:
    """The latest version, or the latest in a stage; MLflow reads both without case."""
    there = versions_of(model_name)
    if stage.lower() != "latest":
        there = {number: each for number, each in there.items() if str(each.current_stage).lower() == stage.lower()}
    return _latest(there) if there else None


def uri_of(version: ModelVersion) -> str:
    """The URI that MLflow loads this version by."""
    return f"models:/{version.name}/{version.version}"


def versions_of(model_name: str) -> dict[str, ModelVersion]:
    """The versions by number; raise `UserError` where the registry fails."""
    with registry_errors(f"list the versions of {model_name}"):
        versions = MlflowClient().search_model_versions(f"name = '{checked_model_name(model_name)}'")
    return {str(each.version): each for each in versions}


def is_readable(version: ModelVersion) -> bool:
    """Whether the model of this version can still be read."""
    try:
        mlflow.models.get_model_info(uri_of(version))
    except UNREADABLE:
        return False
    return True


def _latest(by_number: dict[str, ModelVersion]) -> ModelVersion:
    return by_number[max(by_number, key=int)]


@contextmanager
def registry_errors(task: str, result: str = "nothing was changed") -> Iterator[None]:
    """Turn a failure of the registry into a `UserError`, which exit status 2 tells from a failed gate's 1."""
    try:
        yield
    except MlflowException as error:
        raise UserError(
            f"cannot {task}: the registry failed ({error.error_code}); {result}. Make the tracking store reachable and "
            "try again"
        ) from error
