"""Orphaned trials: those of ended processes on this machine fail, all others run on."""

import os
import platform
import subprocess
import sys
from datetime import timedelta

import optuna
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from optuna.trial import TrialState, create_trial

from steps.tuning.trial_record import OWNED_WITHIN, OWNER, fail_orphaned_trials


@pytest.fixture
def study() -> optuna.Study:
    return optuna.create_study(direction="maximize")


@pytest.fixture(scope="module")
def dead() -> int:
    """The id of an ended process."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_trial_of_a_dead_process_fails_and_its_run_is_closed(study, dead):
    run = MlflowClient().create_run(MlflowClient().get_experiment_by_name("credit-scoring").experiment_id)
    trial = study.ask()
    trial.set_user_attr(OWNER, {"host": platform.node(), "process": dead, "run_id": run.info.run_id})

    fail_orphaned_trials(study)

    assert study.trials[0].state == TrialState.FAIL
    assert MlflowClient().get_run(run.info.run_id).info.status == "KILLED"


def test_two_that_fail_one_trial_at_the_same_time_do_not_hinder_each_other(study, dead, monkeypatch):
    study.ask().set_user_attr(OWNER, {"host": platform.node(), "process": dead})
    storage = study._storage
    change = storage.set_trial_state_values

    def change_after_the_other(trial_id, state, values=None):
        monkeypatch.setattr(storage, "set_trial_state_values", change)
        fail_orphaned_trials(study)
        return change(trial_id, state, values)

    monkeypatch.setattr(storage, "set_trial_state_values", change_after_the_other)

    fail_orphaned_trials(study)

    assert study.trials[0].state == TrialState.FAIL


def test_a_run_in_another_tracking_store_is_no_obstacle(study, dead):
    study.ask().set_user_attr(OWNER, {"host": platform.node(), "process": dead, "run_id": "0" * 32})

    fail_orphaned_trials(study)

    assert study.trials[0].state == TrialState.FAIL


def test_a_tracking_store_that_cannot_answer_is_no_proof_that_the_run_is_elsewhere(study, dead, monkeypatch):
    def fail(*_):
        raise MlflowException("(sqlite3.OperationalError) database is locked", TEMPORARILY_UNAVAILABLE)

    monkeypatch.setattr(MlflowClient, "get_run", fail)
    study.ask().set_user_attr(OWNER, {"host": platform.node(), "process": dead, "run_id": "0" * 32})

    with pytest.raises(MlflowException, match="locked"):
        fail_orphaned_trials(study)


@pytest.mark.parametrize(
    "owner",
    [
        {"host": platform.node(), "process": os.getpid()},
        {"host": "another machine", "process": 1},
        None,  # started a moment ago
    ],
)
def test_a_trial_that_may_live_goes_on(study, owner):
    trial = study.ask()
    if owner:
        trial.set_user_attr(OWNER, owner)

    fail_orphaned_trials(study)

    assert study.trials[0].state == TrialState.RUNNING


def test_a_trial_that_was_killed_before_its_mark_is_found_by_its_age(study):
    old = create_trial(state=TrialState.RUNNING)
    old.datetime_start -= timedelta(seconds=OWNED_WITHIN + 1)
    study.add_trial(old)

    fail_orphaned_trials(study)

    assert study.trials[0].state == TrialState.FAIL
