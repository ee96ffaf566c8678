"""The record of a trial: its nested MLflow run, and its owner in the study."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

import mlflow
import numpy as np
import optuna
import psutil
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from steps.run.mlflow_errors import is_absence
from steps.tracking.mlflow_internals import PARENT_TAG
from steps.training.boosting import OutOfFold

OWNER = "begun"  # attribute of a trial: host and process that run it, and its MLflow run
OWNED_WITHIN = 5  # seconds after which a trial without an owner counts as orphaned: to name it is its first action


@dataclass(frozen=True)
class TrialRun:
    """The nested run of a trial; it names its parent explicitly, as MLflow's active run is local to a thread."""

    client: MlflowClient
    run_id: str
    started: float

    @classmethod
    def begin(cls, trial: optuna.Trial, parent: mlflow.entities.Run) -> "TrialRun":
        """Record this process as the trial's owner, open the trial's run, and add the run to the owner."""
        owner = {"host": platform.node(), "process": os.getpid()}
        trial.set_user_attr(OWNER, owner)
        client = MlflowClient()
        tags = {PARENT_TAG: parent.info.run_id, "step": "trial", "study": trial.study.study_name}
        run = client.create_run(parent.info.experiment_id, run_name=f"trial-{trial.number}", tags=tags)
        trial.set_user_attr(OWNER, {**owner, "run_id": run.info.run_id})
        return cls(client, run.info.run_id, time.time())

    def complete(self, trial: optuna.Trial, folds: OutOfFold, auc: float) -> None:
        """Close the run of a trial that completed all folds."""
        trial.set_user_attr("trees", folds.rounds)
        trial.set_user_attr("fold_auc", folds.fold_auc)
        self._close(
            trial,
            "complete",
            "FINISHED",
            {
                "auc": auc,
                "fold_auc_mean": auc,
                "fold_auc_std": float(np.std(folds.fold_auc, ddof=1)),
                "trees": folds.rounds,
            },
            folds.fold_auc,
        )

    def prune(self, trial: optuna.Trial, auc: float, folds: int) -> None:
        """Close the run of a trial pruned after `folds` folds with this mean AUC."""
        self._close(trial, "pruned", "FINISHED", {"auc_when_pruned": auc, "folds_when_pruned": folds})

    def abandon(self, trial: optuna.Trial) -> None:
        """Close the run of a trial that ends unfinished."""
        self._close(trial, "given up", "KILLED")

    def _close(
        self,
        trial: optuna.Trial,
        state: str,
        status: str,
        figures: Mapping[str, float] = MappingProxyType({}),
        fold_auc: Sequence[float] = (),
    ) -> None:
        now = time.time()
        figures = {"seconds": now - self.started, **figures}
        metrics = [Metric(name, value, int(1000 * now), 0) for name, value in figures.items()]
        metrics += [Metric("fold_auc", value, int(1000 * now), fold) for fold, value in enumerate(fold_auc)]
        params = {"trial": trial.number, **trial.params}
        self.client.log_batch(
            self.run_id,
            metrics,
            [Param(name, str(value)) for name, value in params.items()],
            [RunTag("state", state)],
        )
        self.client.set_terminated(self.run_id, status)


def fail_orphaned_trials(study: optuna.Study) -> None:
    """Fail the running trials whose process on this machine has ended, and close their runs.

    Trials of other machines are left to the storage, which fails them when their heartbeat stops.
    """
    orphans = [trial for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)) if _is_orphaned(trial)]
    for trial in orphans:
        with suppress(UpdateFinishedTrialError):  # another thread or process fails it at the same time
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        run_id = trial.user_attrs.get(OWNER, {}).get("run_id")
        if run_id:
            _close_run(run_id)


def has_ownerless_trial(study: optuna.Study) -> bool:
    """Whether a running trial does not name its process yet."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return any(OWNER not in trial.user_attrs for trial in running)


def _is_orphaned(trial: FrozenTrial) -> bool:
    owner = trial.user_attrs.get(OWNER)
    if owner is None:
        started = trial.datetime_start
        return started is not None and time.time() - started.timestamp() > OWNED_WITHIN
    return owner["host"] == platform.node() and not psutil.pid_exists(owner["process"])


def _close_run(run_id: str) -> None:
    """Close the run of an ended process, unless this tracking store does not have it."""
    client = MlflowClient()
    try:
        if client.get_run(run_id).info.status == "RUNNING":
            client.set_terminated(run_id, "KILLED")
    except MlflowException as error:
        if not is_absence(error):
            raise
