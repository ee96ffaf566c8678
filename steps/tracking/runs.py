"""Runs in MLflow: the tracking store, and the code, data and environment of each run."""

import gc
import os
import platform
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Run, RunStatus
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from steps.run.console import UserError
from steps.run.failures import failure_sentence
from steps.run.mlflow_errors import is_store_failure
from steps.run.printable import clipped
from steps.run.project_run import (
    EXPERIMENT,
    EXPERIMENT_ID,
    EXPERIMENT_NAME,
    adopt,
    copy_metrics,
    failure_tags,
    is_project_run,
    use_experiment,
)
from steps.run.settings import PROJECT
from steps.tables.feature_table import FeatureTable
from steps.tracking.connection import connect
from steps.tracking.dataset import FeatureTableDataset
from steps.tracking.mlflow_internals import COMMIT_TAG
from steps.tracking.packages import installed

NO_REPOSITORY = "not a git repository"  # in git's message
INTERRUPTED = "it was interrupted"
CUT = "\n\n(Shortened: the run's artifacts have the whole.)"


@contextmanager
def tracked_run(step: str, subject: str, tracking_uri: str) -> Iterator[Run]:
    """The run of this step, named for step and subject: `train home-credit`.

    It is the run of `mlflow run`, else a new one, nested in the active run if there is one. It ends as KILLED where
    the step is interrupted, and as FAILED, with the reason in its description, where it fails.
    """
    connect(tracking_uri)
    name = f"{step} {subject}".strip()
    nested = mlflow.active_run() is not None
    adopted = not nested and is_project_run()
    if adopted:
        adopt(name)
    elif not nested:
        _choose_experiment()
    with mlflow.start_run(run_name=None if adopted else name, nested=nested) as run, _reason_recorded():
        gc.collect(1)  # MLflow's look at the repository leaves processes of git, which end with its objects
        mlflow.set_tag("step", step)
        _log_code()
        _log_environment()
        yield run
    if adopted:
        copy_metrics(run.info.run_id)


@contextmanager
def child_run(name: str) -> Iterator[Run]:
    """A run nested in the step's, for one of several things that the step does."""
    with mlflow.start_run(run_name=name, nested=True) as run, _reason_recorded():
        yield run


def rename_run(name: str) -> None:
    """Give the active run another name, once the step knows what it works on."""
    mlflow.set_tag(MLFLOW_RUN_NAME, name)


def describe_run(text: str) -> None:
    """Set the description of the active run, in Markdown; where it is longer than MLflow keeps, it says so."""
    if len(text) > MAX_TAG_VAL_LENGTH:
        kept = text[: MAX_TAG_VAL_LENGTH - len(CUT)]
        text = (kept.rpartition("\n")[0] or kept) + CUT
    mlflow.set_tag(MLFLOW_RUN_NOTE, text)


def end_failed() -> None:
    """End the active run as FAILED, where a step's answer is no: the last action in its block.

    `mlflow run`, too, calls its run FAILED when the command ends with exit status 1.
    """
    mlflow.end_run(RunStatus.to_string(RunStatus.FAILED))


def log_params(**params: object) -> None:
    """Log the parameters of the step that the active run lacks: `mlflow run` has logged its own, as texts."""
    run = mlflow.active_run()
    logged = MlflowClient().get_run(run.info.run_id).data.params if run else {}
    mlflow.log_params({name: value for name, value in params.items() if name not in logged})


def _choose_experiment() -> None:
    """The experiment that the user's environment names, or the project's; it is created on first use."""
    name, identity = os.environ.get(EXPERIMENT_NAME), os.environ.get(EXPERIMENT_ID)
    try:
        if identity and not name:
            use_experiment(identity=identity)
        else:
            use_experiment(name or EXPERIMENT)
    except MlflowException as error:
        if is_store_failure(error):
            raise
        variable = EXPERIMENT_NAME if name else EXPERIMENT_ID if identity else "experiment"
        chosen = clipped(name or identity or EXPERIMENT)
        raise UserError(f"{variable}: {chosen} cannot be used: {clipped(error.message)}") from None


@contextmanager
def _reason_recorded() -> Iterator[None]:
    """Record why the step did not finish: MLflow itself would say FAILED of an interruption, and nothing else."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        with _no_second_interruption(), suppress(MlflowException):
            _record(INTERRUPTED)
            mlflow.end_run("KILLED")
        raise
    except Exception as error:
        with suppress(MlflowException):  # of a store that fails: the step's own error counts
            _record(_reason(error))
        raise


def _record(reason: str) -> None:
    active = mlflow.active_run()
    if active is not None:
        tags = MlflowClient().get_run(active.info.run_id).data.tags
        mlflow.set_tags(failure_tags(reason, tags.get(MLFLOW_RUN_NOTE, "")))


def _reason(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    return failure_sentence(error) or f"an error of the program, {type(error).__name__}: the console has its traceback"


@contextmanager
def _no_second_interruption() -> Iterator[None]:
    """`mlflow run` passes SIGTERM on after a Ctrl-C that this process got, too: it must not cut off the record."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    mlflow.log_dict(
        {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": dict(installed()),
        },
        "environment.json",
    )
