"""The reference in a version's artifact, or one made of a feature table for a version that was trained without."""

from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from pydantic import ValidationError

from custom_model.contract import Contract
from custom_model.features import Features
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.evaluation.seen_clients import was_trained_on
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.building import Subject, build_reference
from steps.monitoring.referencing.reference_file import from_bytes
from steps.registry.artifact import REFERENCE
from steps.registry.artifact_file import artifact_file
from steps.registry.version_parts import read_parts
from steps.registry.versions import uri_of
from steps.run.console import UserError, progress
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.traffic.comparison import KINDS, Decisions
from steps.traffic.deciding import contract_of, deciding_processes
from steps.traffic.own_code import REQUESTS
from steps.training.data import training_rows


def read_reference(version: ModelVersion) -> Reference:
    """The reference in a version's artifact.

    Raises
    ------
    UserError
        The version was trained before there were references, its artifact cannot be read, or it is of another form.
    """
    label = f"{version.name} version {version.version}"
    try:
        content = artifact_file(version, REFERENCE)
    except (MlflowException, OSError) as error:
        raise UserError(
            f"{label}: its reference cannot be read ({type(error).__name__}): check the artifact store, or give a "
            "feature table, as -P reference=data/features.parquet"
        ) from error
    if content is None:
        raise UserError(
            f"{label} has no reference that traffic could be compared with, as it was trained before versions had "
            "one: give a feature table of the clients it was trained on, as -P reference=data/features.parquet, or "
            "train a new version"
        )
    return from_bytes(content, f"the reference of {label}")


def reference_from_table(version: ModelVersion, table: FeatureTable, settings: Settings, policy: Policy) -> Reference:
    """A reference made of a feature table: the version decides with its own code in a process of its own.

    Where the table has the clients of the version's training, it is what the training would have written; else all
    clients are behind its fields and its decisions, and its `source` says so.

    Raises
    ------
    UserError
        The version cannot be loaded, or the table breaks its contract.
    """
    uri = uri_of(version)
    contract = _contract(version)
    inputs, costs = _inputs(version, contract), policy.costs
    seen = was_trained_on(uri, table, settings)
    everyone = np.ones(len(table.frame), bool)
    rows = training_rows(table, settings.holdout_percent) if seen else everyone
    unseen = ~rows if not rows.all() else everyone
    subject = Subject(contract, inputs, costs, _OwnCode(uri, contract))
    with progress(f"deciding on {int(unseen.sum()):,} clients of {table.name} with {uri}, for a reference"):
        reference = build_reference(table, rows, unseen, subject, policy, settings.seed)
    if seen:
        return replace(reference, source=f"{reference.source}, of {table.path.name}")
    known = "none of which it was trained on" if seen is False else "which it may have been trained on"
    return replace(
        reference,
        source=f"fields of the {reference.clients:,} clients of {table.path.name}, and decisions on "
        f"{reference.decided.clients:,} of them, {known}",
    )


class _OwnCode:
    """A version that decides with its own code, as `building.Deciding`."""

    def __init__(self, uri: str, contract: Contract):
        self._uri = uri
        self._contract = contract

    def decide(self, applications: pd.DataFrame) -> Decisions:
        """The decisions, as a simulation: an application may lack required values."""
        decisions = score_in_subprocess(self._uri, applications).decisions
        return Decisions(
            decisions["decision"].map(KINDS.index).to_numpy(np.int8),
            decisions["probability_of_default"].to_numpy(float),
            decisions["threshold"].to_numpy(float),
        )

    def reasons(self, applications: pd.DataFrame) -> list[tuple[str, ...]]:
        """The reasons of those that its contract accepts."""
        names = [name for name in (self._contract.id, *self._contract.fields) if name in applications]
        rows = [
            {name: value for name, value in row.items() if value is not None and value == value}
            for row in applications[names].to_dict("records")
        ]
        size, nulls = len(rows), orjson.dumps(self._contract.declared).decode()
        columns = [[orjson.dumps(row).decode() for row in rows], [None] * size, [nulls] * size, [None] * size]
        arrays = [pa.array(each, kind) for each, kind in zip([*columns, [True] * size], REQUESTS.types, strict=True)]
        with deciding_processes(self._uri, (), 1) as ask:
            answers = ask(pa.record_batch(arrays, schema=REQUESTS)).result()
        return [tuple(orjson.loads(codes)) for codes in answers["codes"].drop_null().to_pylist()]


def _contract(version: ModelVersion) -> Contract:
    try:
        return Contract.model_validate(contract_of(uri_of(version)))
    except ValidationError:
        raise UserError(
            f"{version.name} version {version.version} has no contract that this version of the project can read: "
            "train a new version"
        ) from None


def _inputs(version: ModelVersion, contract: Contract) -> set[str]:
    """The fields that the version uses; all of them where its scorecard is of other code than this."""
    try:
        return Features(contract, list(read_parts(version).scorecard.texts)).inputs
    except (UserError, ValueError):
        return set(contract.fields)
