"""The record of a training, carried over to a run that makes another version of what it trained."""

from contextlib import suppress

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from steps.evaluation.seen_clients import DIGEST, LINEAGE


def carry_over(training: Run) -> None:
    """Give the active run the data of another: its datasets, their digest and the lineage of their features.

    By them `evaluate` and the gate tell whether a model has seen a client.
    """
    active = mlflow.active_run()
    if active is None:
        raise RuntimeError("a training is carried over into a run")
    client = MlflowClient()
    if training.inputs is not None and training.inputs.dataset_inputs:
        client.log_inputs(active.info.run_id, training.inputs.dataset_inputs)
    digest = training.data.tags.get(DIGEST)
    if digest is not None:
        mlflow.set_tag(DIGEST, digest)
    with suppress(MlflowException, OSError):  # of a training that logged none: neither has this run
        mlflow.log_dict(mlflow.artifacts.load_dict(f"runs:/{training.info.run_id}/{LINEAGE}"), LINEAGE)
