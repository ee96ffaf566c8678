"""Runs in MLflow: the tracking store, and the code, data and environment of each run."""

import logging
import os
import platform
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions

import mlflow
import numpy as np
from mlflow.entities import Run

from steps.run.settings import PROJECT
from steps.tables.feature_table import FeatureTable
from steps.tracking.dataset import FeatureTableDataset
from steps.tracking.mlflow_internals import COMMIT_TAG, EXPECTED_WARNINGS, TRACING_LOGGER, VERBOSE_LOGGERS
from steps.tracking.store import open_store

EXPERIMENT = "credit-scoring"
NO_REPOSITORY = "not a git repository"  # in git's message


@contextmanager
def tracked_run(name: str, tracking_uri: str) -> Iterator[Run]:
    """The run of this step: the run of `mlflow run`, else a new one, nested in the active run if there is one."""
    connect(tracking_uri)
    nested = mlflow.active_run() is not None
    is_project_run = not nested and "MLFLOW_RUN_ID" in os.environ
    if not nested and not is_project_run:
        mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=None if is_project_run else name, nested=nested) as run:
        mlflow.set_tag("step", name)
        _log_code()
        _log_environment()
        yield run


def connect(tracking_uri: str) -> None:
    """Point MLflow at the tracking store, created on first use, and silence its expected warnings.

    Raise `UserError` where the store cannot be reached.
    """
    os.environ["MLFLOW_TRACKING_URI"] = tracking_uri
    # By default MLflow replaces the model's requirements with the whole training environment in uv.lock.
    os.environ["MLFLOW_UV_AUTO_DETECT"] = "false"
    os.environ["MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING"] = "false"
    mlflow.set_tracking_uri(tracking_uri)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    for logger in VERBOSE_LOGGERS:
        logging.getLogger(logger).setLevel(logging.WARNING)
    logging.getLogger(TRACING_LOGGER).setLevel(logging.CRITICAL)
    for message in EXPECTED_WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    open_store(tracking_uri)


def log_data(table: FeatureTable, rows: np.ndarray, context: str) -> None:
    """Log the rows as the run's dataset, with its digest, and the table's lineage as an artifact.

    `rows` are a mask or row numbers of the table; `context` names their use, such as "training".
    """
    dataset = FeatureTableDataset(table, rows)
    mlflow.log_input(dataset, context=context)
    mlflow.log_dict(table.lineage.model_dump(mode="json"), "features/lineage.json")
    mlflow.set_tag(f"dataset.{context}.digest", dataset.digest)


def _log_code() -> None:
    """Tag the commit and whether the working tree has changes: a run from changed code cannot be repeated.

    Without git or outside a repository there is nothing to tag; any other failure of git is the tag `git.error`.
    """
    head = _git("rev-parse", "HEAD")
    if head is None or NO_REPOSITORY in head.stderr:
        return
    if head.returncode:
        mlflow.set_tags({"git.error": head.stderr.strip() or f"git rev-parse ended with status {head.returncode}"})
        return
    status = _git("status", "--porcelain")
    changed = "unknown" if status is None or status.returncode else str(bool(status.stdout.strip())).lower()
    mlflow.set_tags({COMMIT_TAG: head.stdout.strip(), "git.changed": changed})


def _git(*arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Git's exit status and output, in English; None if git is not installed."""
    command = ["git", "-C", str(PROJECT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    except FileNotFoundError:
        return None


def _log_environment() -> None:
    packages = {distribution.metadata["Name"]: distribution.version for distribution in distributions()}
    mlflow.log_dict(
        {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
        },
        "environment.json",
    )
