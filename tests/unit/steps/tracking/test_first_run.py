"""The first run of `make run`: a store, an experiment, and then what `mlflow run .` does."""

import mlflow
import pytest
from mlflow.projects import ExecutionException

from steps.run.console import UserError
from steps.run.settings import PROJECT
from steps.tracking import first_run


@pytest.fixture
def asked(monkeypatch) -> list[dict]:
    """What MLflow is asked to run, in place of running it, in a store that is there."""
    runs: list[dict] = []
    monkeypatch.setattr(first_run, "create_store", lambda uri, experiment: runs.append({"created": experiment}))
    monkeypatch.setattr(mlflow.projects, "run", lambda uri, **options: runs.append({"uri": uri, **options}))
    monkeypatch.setattr(first_run.signal, "signal", lambda *_: None)
    return runs


def test_the_store_is_created_before_the_project_runs_with_its_parameters_in_this_environment(asked):
    first_run.main("loans", ["data=sample", "default=Charged Off=late", "leaks="])

    assert asked == [
        {"created": "loans"},
        {
            "uri": str(PROJECT),
            "experiment_name": "loans",
            "parameters": {"data": "sample", "default": "Charged Off=late", "leaks": ""},
            "env_manager": "local",
        },
    ]


def test_a_parameter_without_a_value_is_refused_before_anything_is_created(asked):
    with pytest.raises(UserError, match="-P: expected NAME=VALUE, got sample"):
        first_run.main("loans", ["sample"])

    assert asked == []


def test_a_failed_run_ends_with_status_1_and_mlflows_own_line(asked, monkeypatch, caplog):
    def fail(uri: str, **options: object) -> None:
        raise ExecutionException("Run (ID 'abc') failed")

    monkeypatch.setattr(mlflow.projects, "run", fail)
    monkeypatch.setattr(first_run.logger, "propagate", True)

    with pytest.raises(SystemExit) as end, caplog.at_level("ERROR", first_run.logger.name):
        first_run.main("loans", ["data=sample"])

    assert end.value.code == 1
    assert caplog.messages == ["=== Run (ID 'abc') failed ==="]


def test_an_experiment_that_cannot_be_used_is_named(monkeypatch):
    monkeypatch.setattr(mlflow, "set_tracking_uri", lambda uri: None)
    monkeypatch.setattr(first_run, "open_store", lambda uri: None)

    def refuse(name: str) -> None:
        raise mlflow.exceptions.MlflowException("Cannot set a deleted experiment 'loans' as the active experiment.")

    monkeypatch.setattr(first_run, "use_experiment", refuse)

    with pytest.raises(UserError, match="experiment: loans cannot be used: Cannot set a deleted experiment"):
        first_run.create_store("sqlite:///unused.db", "loans")
