"""Tuning: its record in MLflow, its resumption after a kill, and two processes on one study."""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import mlflow
import optuna
import pandas as pd
import pytest
from mlflow import MlflowClient
from optuna.trial import TrialState

from steps.run.console import UserError
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import train
from steps.tune import Tuned, tune
from steps.tuning.storage import open_storage
from steps.tuning.study import finished
from steps.tuning.trial_record import OWNER
from testing.forked_running import Running, running

pytestmark = pytest.mark.slow

QUICK = '{"rounds": 40, "patience": 40, "learning_rate": 0.2}'
ALL_FEATURES = 0  # selection takes longer than these trials


@pytest.fixture(scope="module")
def tuned(table: FeatureTable, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """A study of eight trials, four at a time."""
    storage = tmp_path_factory.mktemp("study") / "journal"
    return tune(
        table,
        Settings(),
        read_policy(),
        trials=8,
        jobs=4,
        storage=str(storage),
        params=QUICK,
        most_features=ALL_FEATURES,
    )


def test_the_study_has_the_requested_number_of_finished_trials(tuned):
    assert len(finished(tuned.study)) == 8


def test_each_trial_is_a_nested_run_with_its_parameters_and_figures(tuned):
    runs = nested_runs(tuned.run_id)

    finished_runs = {int(run.data.params["trial"]): run for run in runs if run.info.status == "FINISHED"}
    assert sorted(finished_runs) == [trial.number for trial in finished(tuned.study)]
    for trial in finished(tuned.study):
        run = finished_runs[trial.number]
        assert {name: run.data.params[name] for name in trial.params} == {
            name: str(value) for name, value in trial.params.items()
        }
        assert run.data.metrics["seconds"] > 0
        if trial.state == TrialState.COMPLETE:
            history = MlflowClient().get_metric_history(run.info.run_id, "fold_auc")
            assert run.data.tags["state"] == "complete"
            assert run.data.metrics["auc"] == trial.value == pytest.approx(mean(point.value for point in history))
            assert len(history) == Settings().folds
        else:
            assert run.data.tags["state"] == "pruned"


def test_tuned_parameters_are_no_worse_than_the_defaults_on_these_folds(tuned):
    metrics = MlflowClient().get_run(tuned.run_id).data.metrics

    assert metrics["best_auc"] >= metrics["default_auc"]


def test_plots_and_a_table_of_the_trials_are_artifacts(tuned, tmp_path):
    folder = Path(mlflow.artifacts.download_artifacts(f"runs:/{tuned.run_id}/", dst_path=str(tmp_path)))

    assert {"history.png", "slices.png"} <= {file.name for file in (folder / "plots").iterdir()}
    trials = pd.read_csv(folder / "trials.csv")
    assert len(trials[trials["state"].isin(["complete", "pruned"])]) == 8
    assert trials.loc[trials["state"] == "complete", "auc"].max() == tuned.study.best_value


def test_train_uses_the_best_parameters_and_tags_their_origin(tuned, table):
    trained = train(table, "tuned", Settings(), read_policy(), tuned.params, most_features=ALL_FEATURES)

    run = MlflowClient().get_run(trained.run_id)
    assert run.data.params["lightgbm.num_leaves"] == str(tuned.study.best_params["num_leaves"])
    assert run.data.params["lightgbm.rounds"] == "40"
    assert run.data.tags["tuned.run_id"] == tuned.run_id
    assert run.data.tags["tuned.study"] == tuned.study.study_name
    assert float(run.data.tags["tuned.auc"]) == tuned.study.best_value


def test_a_complete_study_is_not_tuned_further(tuned, table):
    location = MlflowClient().get_run(tuned.run_id).data.tags["study.storage"]

    again = tune(table, Settings(), read_policy(), trials=5, storage=location, params=QUICK, most_features=ALL_FEATURES)

    assert len(finished(again.study)) == 8
    assert nested_runs(again.run_id) == []


def test_a_kill_loses_no_finished_trial_and_the_next_run_completes_the_study(start, table, tmp_path):
    journal = str(tmp_path / "journal")
    killed = start("--storage", journal, "--study", "killed")
    read_until(killed, lambda text: re.search(r"\b([2-9]|\d\d)/1000 ", text))
    # In the middle of a trial, with no lock on the journal: the next process would wait for it half a minute.
    while os.path.lexists(f"{journal}.lock") or not load("killed", journal).get_trials(states=(TrialState.RUNNING,)):
        time.sleep(0.02)
    killed.kill()
    killed.wait(60)
    before = {trial.number: trial for trial in finished(load("killed", journal))}
    assert len(before) >= 2
    load("killed", journal).ask()  # as of a process that is killed before its trial names it

    after = tune(
        table,
        Settings(),
        read_policy(),
        trials=len(before) + 2,
        storage=journal,
        study_name="killed",
        params=QUICK,
        most_features=ALL_FEATURES,
    )

    after_kill = {trial.number: trial for trial in finished(after.study)}
    assert len(after_kill) == len(before) + 2
    assert {number: after_kill[number] for number in before} == before
    assert not after.study.get_trials(states=(TrialState.RUNNING,))
    # No run of the killed process is open in MLflow.
    owners = [trial.user_attrs.get(OWNER, {}) for trial in after.study.trials]
    run_ids = [owner["run_id"] for owner in owners if "run_id" in owner]
    assert {MlflowClient().get_run(run_id).info.status for run_id in run_ids} <= {"FINISHED", "KILLED"}


def test_two_processes_share_a_study_in_postgresql_and_end_on_sigterm(start, postgres):
    both = [start("--study", "shared", TUNE_STORAGE_URL=postgres) for _ in range(2)]

    def each_has_finished_one(_: str) -> bool:
        study = load("shared", postgres)
        return set(by_process(study)) == {process.pid for process in both}

    for process in both:
        read_until(process, lambda text: "/1000 " in text)
    read_until(both[0], each_has_finished_one)
    for process in both:
        process.send_signal(signal.SIGTERM)
    outputs = rest_of(both)

    assert [process.wait(120) for process in both] == [128 + signal.SIGTERM] * 2
    study = load("shared", postgres)
    assert not study.get_trials(states=(TrialState.RUNNING,))
    parameters = [tuple(trial.params.values()) for trial in finished(study)]
    assert len(set(parameters)) >= len(parameters) - 1  # at most both started with the defaults
    assert all("trials remain: the same command continues" in text for text in outputs)
    assert all("mlflow run . -e train" in text for text in outputs)


def test_a_run_without_time_is_an_error_and_leaves_nothing_open(table, tmp_path):
    journal = str(tmp_path / "journal")

    with pytest.raises(
        UserError, match="study short: no trial is complete yet; run the same command with more time to continue"
    ):
        tune(
            table,
            Settings(),
            read_policy(),
            5,
            timeout=1e-3,
            storage=journal,
            study_name="short",
            params=QUICK,
            most_features=ALL_FEATURES,
        )

    assert not load("short", journal).get_trials(states=(TrialState.RUNNING, TrialState.COMPLETE))
    assert mlflow.active_run() is None


@pytest.fixture
def start(table: FeatureTable) -> Iterator[Callable[..., Running]]:
    """Start processes that run a thousand trials; none outlives a test, even one that fails."""
    command = ("-m", "steps.tune", "--data", table.path, "--trials", 1_000, "--jobs", 1)
    options = ("--params", QUICK, "--most-features", ALL_FEATURES)
    with ExitStack() as stack:
        yield lambda *arguments, **environment: stack.enter_context(
            running(*command, *options, *arguments, reads=["stdout", "stderr"], **environment)
        )


def read_until(process: Running, enough: Callable[[str], object]) -> None:
    """Read the progress of the process until it is `enough`; fail if the process ends before."""
    output = ""
    while not enough(output):
        piece = os.read(process.stderr.fileno(), 4096).decode(errors="replace")  # it may end within a character
        assert piece, f"ended with {process.wait()}: {output[-500:]}"
        output += piece


def rest_of(processes: list[Running]) -> list[str]:
    """What each writes to its output until it ends; a pipe of errors that nobody read would hold it when it is full."""
    with ThreadPoolExecutor(2 * len(processes)) as readers:
        errors = [readers.submit(process.stderr.read) for process in processes]
        outputs = [readers.submit(process.stdout.read) for process in processes]
        wait(errors)
        return [each.result() for each in outputs]


def load(name: str, storage: str) -> optuna.Study:
    return optuna.load_study(study_name=name, storage=open_storage(storage))


def by_process(study: optuna.Study) -> Counter:
    return Counter(trial.user_attrs[OWNER]["process"] for trial in finished(study))


def nested_runs(run_id: str) -> list[mlflow.entities.Run]:
    experiment = MlflowClient().get_run(run_id).info.experiment_id
    return MlflowClient().search_runs([experiment], f"tags.mlflow.parentRunId = '{run_id}'")


def mean(values) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)
