"""The run that trained a model: its parameters, figures and artifacts, as far as the store still has them."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from steps.tracking.mlflow_internals import COMMIT_TAG
from steps.training.score_reference import ARTIFACT, ScoreReference, parsed_reference


@dataclass(frozen=True)
class TrainingRun:
    """A model's training as its run recorded it.

    Attributes
    ----------
    run_id, name, day
        The run, and when it started (UTC).
    commit
        The code; empty where it was not in a repository.
    params, metrics, tags
        As logged.
    contract
        The contract in the model's MLmodel, as plain values; empty for a model of another kind.
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
    reference: ScoreReference | None


def training_run(model_uri: str) -> TrainingRun | None:
    """The run that trained the model; None where the model or the store does not know it."""
    try:
        info = mlflow.models.get_model_info(model_uri)
        run = mlflow.get_run(info.run_id) if info.run_id else None
    except (MlflowException, OSError):
        return None
    if run is None:
        return None
    reference = None
    with suppress(MlflowException, OSError):
        reference = parsed_reference(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/{ARTIFACT}"))
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
        reference=reference,
    )
