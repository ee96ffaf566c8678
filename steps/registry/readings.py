"""How a model's own data was read: its description travels in the lineage, and later files are read alike."""

from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException
from pydantic import ValidationError

from steps.description.building import Known
from steps.description.description_file import is_description
from steps.description.document import Description
from steps.evaluation.seen_clients import LINEAGE
from steps.registry.versions import find_champion, find_latest, find_version, uri_of
from steps.run.mlflow_errors import UNREADABLE, is_store_failure
from steps.run.settings import Settings
from steps.tables.feature_table import read_lineage
from steps.tracking.connection import connect


def present_reading(model_name: str, data: str, settings: Settings) -> Known | None:
    """The reading of the model's champion, or else of its latest version; None where `data` is no plain file."""
    if not is_plain(data):
        return None
    connect(settings.tracking_uri)
    version = find_champion(model_name) or find_latest(model_name)
    return None if version is None else reading_of(uri_of(version), data, settings)


def version_reading(model_name: str, version: str, data: str, settings: Settings) -> Known | None:
    """The reading of a version, or of the latest; None where `data` is no plain file.

    Raise `UserError` where there is no such version, before anybody builds features for it.
    """
    connect(settings.tracking_uri)
    return reading_of(uri_of(find_version(model_name, version)), data, settings)


def reading_of(model_uri: str, data: str, settings: Settings) -> Known | None:
    """The reading that a model was trained with; None where `data` is no plain file.

    It is None without a record, too, as in an older version, and a line says so. Raise `MlflowException` where the
    store fails.
    """
    if not is_plain(data):
        return None
    connect(settings.tracking_uri)
    try:
        known = recorded_reading(model_uri, mlflow.models.get_model_info(model_uri).run_id)
    except UNREADABLE as error:
        if isinstance(error, MlflowException) and is_store_failure(error):
            raise
        known = None
    if known is None:
        print(f"  {model_uri} has no record of how its data was read: {Path(data).name} is described by its own rows")
    return known


def recorded_reading(model_uri: str, run_id: str | None) -> Known | None:
    """The reading on record in the model's run, None without one; raise `MlflowException` where the store fails."""
    try:
        lineage = mlflow.artifacts.load_dict(f"runs:/{run_id}/{LINEAGE}")
        return Known(Description.model_validate_json(lineage["description"]), model_uri.removeprefix("models:/"))
    except (MlflowException, OSError, KeyError, ValidationError) as error:
        if isinstance(error, MlflowException) and is_store_failure(error):
            raise
        return None


def is_plain(data: str) -> bool:
    """Whether it is a lender's file, neither described nor built already."""
    path = Path(data)
    return path.is_file() and not is_description(path) and read_lineage(path) is None
