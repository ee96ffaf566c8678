"""A step's run: its name, its experiment, and an end that says why."""

import os
import signal

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Param
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from steps.run.console import UserError
from steps.run.project_run import CONTINUED_BY, EXPERIMENT, STARTED_AS
from steps.tracking.runs import child_run, log_params, tracked_run

pytestmark = pytest.mark.slow  # real runs, some in processes of their own


@pytest.fixture
def run_of(tracking):
    """The finished run of a step that does this."""

    def finished(work=lambda: None, step: str = "train", subject: str = "lender"):
        with tracked_run(step, subject, tracking) as run:
            work()
        return MlflowClient().get_run(run.info.run_id)

    return finished


@pytest.fixture
def failed(tracking):
    """The run of a step that raises this, and the run around it."""

    def ended(error: BaseException):
        ids = []

        def nested():
            with tracked_run("outer", "lender", tracking) as parent, tracked_run("inner", "lender", tracking) as run:
                ids.extend([parent.info.run_id, run.info.run_id])
                raise error

        with pytest.raises(type(error)):
            nested()
        return [MlflowClient().get_run(run_id) for run_id in ids]

    return ended


def project_run(monkeypatch, experiment_id: str, **params: str):
    """A run as `mlflow run` makes it for this process."""
    client = MlflowClient()
    run = client.create_run(experiment_id, tags={"mlflow.project.entryPoint": "train"})
    client.log_batch(run.info.run_id, params=[Param(name, value) for name, value in params.items()])
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    return run


def experiment_of(run) -> str:
    return MlflowClient().get_experiment(run.info.experiment_id).name


def test_a_run_is_named_for_what_it_does_with_which_data(run_of):
    run = run_of()

    assert (run.info.run_name, experiment_of(run), run.info.status) == ("train lender", EXPERIMENT, "FINISHED")


def test_the_experiment_of_the_environment_is_heard(run_of, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "spring")

    assert experiment_of(run_of()) == "spring"
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME")
    assert experiment_of(run_of()) == EXPERIMENT  # MLflow's own memory of the last experiment does not count
    assert "MLFLOW_EXPERIMENT_ID" not in os.environ


def test_the_experiment_id_of_the_environment_is_heard(run_of, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", MlflowClient().create_experiment("autumn"))

    assert experiment_of(run_of()) == "autumn"


def test_an_experiment_that_is_deleted_is_a_users_mistake(run_of, monkeypatch):
    client = MlflowClient()
    client.delete_experiment(client.create_experiment("gone"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "gone")

    with pytest.raises(UserError, match="MLFLOW_EXPERIMENT_NAME: gone cannot be used"):
        run_of()


def test_a_run_that_failed_by_a_users_mistake_says_so(failed):
    for run in failed(UserError("data: found nothing at there")):
        assert run.info.status == "FAILED"
        assert run.data.tags["error"] == "data: found nothing at there"
        assert run.data.tags[MLFLOW_RUN_NOTE] == "**Did not finish:** data: found nothing at there"


def test_a_run_that_failed_by_a_fault_of_the_program_says_that_and_no_value(failed):
    for run in failed(ValueError("client 100002 has -5")):
        assert run.info.status == "FAILED"
        assert "an error of the program, ValueError" in run.data.tags["error"]
        assert "100002" not in str(run.data.tags)


@pytest.mark.parametrize("end", [KeyboardInterrupt(), SystemExit(128 + signal.SIGTERM)], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_and_the_one_around_it_end_as_killed(failed, end):
    before = signal.getsignal(signal.SIGTERM)

    runs = failed(end)

    assert [run.info.status for run in runs] == ["KILLED", "KILLED"]
    assert runs[0].data.tags["error"] == "it was interrupted"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_failure_leaves_the_description_that_the_step_wrote(run_of):
    ids = []

    def work():
        ids.append(mlflow.active_run().info.run_id)
        mlflow.set_tag(MLFLOW_RUN_NOTE, "AUC 0.8")
        raise UserError("no champion")

    with pytest.raises(UserError):
        run_of(work)

    note = MlflowClient().get_run(ids[0]).data.tags[MLFLOW_RUN_NOTE]
    assert note == "**Did not finish:** no champion\n\nAUC 0.8"


def test_a_child_run_that_is_interrupted_ends_as_killed(tracking):
    with pytest.raises(KeyboardInterrupt), tracked_run("several", "lender", tracking), child_run("dummy") as run:
        raise KeyboardInterrupt

    assert MlflowClient().get_run(run.info.run_id).info.status == "KILLED"


def test_the_run_of_mlflow_run_in_default_is_continued_in_the_projects_experiment(run_of, monkeypatch):
    started = project_run(monkeypatch, "0", data="lender.csv", client="66", storage="postgresql://me:secret@host/db")

    run = run_of(lambda: mlflow.log_metric("auc", 0.75))

    assert (run.info.run_name, experiment_of(run), run.info.status) == ("train lender", EXPERIMENT, "FINISHED")
    assert run.data.params == {"data": "lender.csv"}  # without the client's id, and without a password
    assert run.data.tags["mlflow.project.entryPoint"] == "train"
    assert run.data.tags[STARTED_AS] == started.info.run_id
    left = MlflowClient().get_run(started.info.run_id)
    assert left.info.run_name == f"train lender (in {EXPERIMENT})"
    assert left.data.tags[CONTINUED_BY] == run.info.run_id
    assert f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}" in left.data.tags[MLFLOW_RUN_NOTE]
    assert left.data.metrics == {"auc": 0.75}  # what a caller of mlflow.projects.run reads
    assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"} & os.environ.keys()


def test_the_run_of_mlflow_run_in_a_chosen_experiment_is_the_steps_own(run_of, monkeypatch):
    experiment = MlflowClient().get_experiment_by_name(EXPERIMENT).experiment_id
    started = project_run(monkeypatch, experiment)

    run = run_of()

    assert run.info.run_id == started.info.run_id
    assert run.info.run_name == "train lender"


def test_parameters_of_mlflow_run_are_not_logged_again_in_another_spelling(run_of, monkeypatch):
    project_run(monkeypatch, "0", most_features="250.0")

    run = run_of(lambda: log_params(most_features=250, bag=1))

    assert run.data.params == {"most_features": "250.0", "bag": "1"}
