"""The run that trained a model: its parameters, figures and artifacts, as far as the store still has them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from steps.run.mlflow_errors import UNREADABLE
from steps.tracking.mlflow_internals import COMMIT_TAG
from steps.training.policy_record import POLICY
from steps.training.score_reference import ARTIFACT, ScoreReference, parsed_reference

POLICY_OF_RUN = "policy.of_run"  # tag of a run that gave a version another policy: the run of the former version


@dataclass(frozen=True)
class TrainingRun:
    """A model's training as its run recorded it.

    Attributes
    ----------
    run_id, name, day
        The run, and when it started (UTC); of a version under another policy the run that trained its booster.
    commit
        The code; empty where it was not in a repository.
    params, metrics, tags
        As logged.
    contract
        The contract in the model's MLmodel, as plain values; empty for a model of another kind.
    policy
        The policy.yaml that the version itself was made under, as plain values; empty where it is not on record.
    reference
        The reference of its score; None for a version that was trained before it was logged.
    """

    run_id: str
    name: str
    day: date
    commit: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    contract: dict[str, Any]
    policy: Mapping[str, Any]
    reference: ScoreReference | None


def training_run(model_uri: str) -> TrainingRun | None:
    """The run that trained the model's booster; None where the model or the store does not know it."""
    try:
        info = mlflow.models.get_model_info(model_uri)
        own = mlflow.get_run(info.run_id) if info.run_id else None
    except UNREADABLE:
        return None
    if own is None:
        return None
    run = _of_training(own)
    config = info.flavors.get("python_function", {}).get("config") or {}
    return TrainingRun(
        run_id=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        day=datetime.fromtimestamp(run.info.start_time / 1000, UTC).date(),
        commit=run.data.tags.get(COMMIT_TAG, ""),
        params=run.data.params,
        metrics=run.data.metrics,
        tags=run.data.tags,
        contract=config.get("contract", {}),
        policy=_document(own, POLICY),
        reference=parsed_reference(_document(run, ARTIFACT)),
    )


def _of_training(run: Run) -> Run:
    """The run itself, or where it changed the policy of a version that of the training; the last that is known."""
    passed = {run.info.run_id}
    with suppress(MlflowException, OSError):
        while (former := run.data.tags.get(POLICY_OF_RUN)) and former not in passed:
            passed.add(former)
            run = mlflow.get_run(former)
    return run


def _document(run: Run, artifact: str) -> dict[str, Any]:
    """A JSON artifact of the run; empty where it has none."""
    with suppress(MlflowException, OSError):
        return dict(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/{artifact}"))
    return {}
