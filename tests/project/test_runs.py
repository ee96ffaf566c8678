"""Runs and versions as MLflow's UI shows them after commands as a user gives them."""

import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from steps.features import build
from steps.main import run_all
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable, read_feature_table
from testing.forked_running import running
from tests.project.test_whole_path import LENDER, mlflow_run

pytestmark = pytest.mark.slow

OWN = ("--env-manager", "local", "-P", "data=lender.csv", "-P", "target=bad", "-P", "id=client")
QUICK = ("-P", 'params={"rounds": 20}')


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of a lender with a flat file and a tracking store of its own."""
    folder = tmp_path_factory.mktemp("lender")
    (folder / "lender.csv").write_text(LENDER)
    return folder


def runs_of(folder: Path, experiment: str) -> list:
    """The runs of an experiment, the latest first."""
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    found = client.get_experiment_by_name(experiment)
    return client.search_runs([found.experiment_id]) if found else []


def test_a_bare_mlflow_run_is_named_in_the_projects_experiment(folder, prepared):
    completed = mlflow_run("-e", "train", *OWN, *QUICK, programs=prepared, cwd=folder, MLFLOW_TRACKING_URI="")

    assert completed.returncode == 0, completed.stderr
    (run,), (left,) = runs_of(folder, "credit-scoring"), runs_of(folder, "Default")
    assert (run.info.run_name, run.info.status) == ("train lender", "FINISHED")
    assert run.data.params["most_features"] == "250"
    assert run.data.params["lightgbm.rounds"] == "20"
    assert run.data.metrics["fold_auc_std"] > 0
    assert left.info.run_id in completed.stderr  # the id that `mlflow run` prints
    assert left.data.tags["continued_by"] == run.info.run_id
    assert left.data.metrics["oof_auc"] == run.data.metrics["oof_auc"]
    assert left.info.status == "FINISHED"


def test_a_chosen_experiment_is_heard(folder, prepared):
    completed = mlflow_run(
        "-e", "features", *OWN, "-P", "out=spring.parquet", "--experiment-name", "spring",
        programs=prepared, cwd=folder, MLFLOW_TRACKING_URI="",
    )  # fmt: skip

    assert completed.returncode == 0, completed.stderr
    (run,) = runs_of(folder, "spring")
    assert (run.info.run_name, run.info.status) == ("features lender.csv", "FINISHED")


def test_a_mistake_before_the_step_begins_is_told_by_the_run(folder, prepared):
    completed = mlflow_run(
        *("-e", "train", "--env-manager", "local", "-P", "data=nowhere.csv"),
        programs=prepared,
        cwd=folder,
        MLFLOW_TRACKING_URI="",
    )

    assert completed.returncode == 1
    run = runs_of(folder, "credit-scoring")[0]
    assert (run.info.run_name, run.info.status) == ("train nowhere.csv", "FAILED")
    assert "found nothing at" in run.data.tags["error"]
    assert "found nothing at" in run.data.tags[MLFLOW_RUN_NOTE]
    assert runs_of(folder, "Default")[0].info.status == "FAILED"


def test_sigterm_ends_a_run_as_killed(table, tracking):
    command = ("-m", "steps.train", "--data", table.path, "--model-name", "interrupted")
    with running(*command, reads=["stderr"], MLFLOW_EXPERIMENT_NAME="interrupted") as process:
        for line in process.stderr:
            if "choosing features" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.wait(120)

    assert process.returncode == 128 + signal.SIGTERM
    client = MlflowClient()
    (run,) = client.search_runs([client.get_experiment_by_name("interrupted").experiment_id])
    assert (run.info.run_name, run.info.status) == (f"train {table.name}", "KILLED")
    assert run.data.tags["error"] == "it was interrupted"


@pytest.fixture
def loans(tmp_path) -> FeatureTable:
    """The feature table of a flat file with one field: the more debt, the more clients default, from 2 % to 22 %."""
    debt, chance = np.random.default_rng(4).random((2, 4_000)).round(6)
    rows = (f"{each},{int(chance[each] < 0.02 + 0.2 * debt[each])},{debt[each]}\n" for each in range(4_000))
    (tmp_path / "loans.csv").write_text("client,bad,debt\n" + "".join(rows))
    out = tmp_path / "features" / "loans.parquet"
    return read_feature_table(build(str(tmp_path / "loans.csv"), out, Engine.duckdb, "bad", "client", Settings()))


@pytest.fixture
def prepared_servers(prepared, monkeypatch) -> None:
    """The servers of the whole path are started by prepared interpreters."""
    monkeypatch.setattr(sys, "executable", str(prepared / "python"))


@pytest.mark.usefixtures("prepared_servers")
def test_the_whole_path_tells_what_came_out_and_trains_the_same_only_once(loans, policy, capsys):
    client = MlflowClient()

    assert run_all(loans, "once", Settings(), policy)
    assert run_all(loans, "once", Settings(), policy)

    assert "once version 1 has the same data, policy, parameters and code" in capsys.readouterr().out
    (version,) = client.search_model_versions("name = 'once'")
    second, first = paths_of("once/1")
    trained = client.get_run(version.run_id)
    for path in (first, second):
        metrics, note = path.data.metrics, path.data.tags[MLFLOW_RUN_NOTE]
        assert path.info.run_name == f"main {loans.name}"
        assert metrics["oof_auc"] == trained.data.metrics["oof_auc"]
        assert 0.5 < metrics["holdout_auc_low"] < metrics["holdout_auc"] < metrics["holdout_auc_high"]
        assert metrics["champion"] == 1
        assert path.inputs.dataset_inputs[0].dataset.name == loans.name
        assert path.data.tags["gate"] == version.tags["gate"] == "passed"
        assert len(note.split("\n\n")) == 3
        assert "[once/1](#/models/once/versions/1), trained on " in note
        assert f"/runs/{version.run_id})" in note
    assert children_of(first) == [f"train {loans.name}", "evaluate once/1", "promote once/1"]
    assert children_of(second) == ["evaluate once/1", "promote once/1"]
    evaluated = next(run for run in nested(first) if run.info.run_name.startswith("evaluate"))
    assert evaluated.data.params["model_uri"] == "models:/once/1"
    assert evaluated.data.params["part"] == "holdout"
    promoted = next(run for run in nested(first) if run.info.run_name.startswith("promote"))
    assert promoted.data.params["version"] == "1"
    assert "[once/1](#/models/once/versions/1) passed the gate" in promoted.data.tags[MLFLOW_RUN_NOTE]
    assert trained.data.tags[MLFLOW_RUN_NOTE].startswith(f"[once/1](#/models/once/versions/1). Data {loans.name} ")
    assert version.tags["data"] == loans.name
    assert version.tags["holdout_auc"] == f"{first.data.metrics['holdout_auc']:.4f}"
    assert version.description.splitlines()[0].endswith("held out; gate passed.")


def paths_of(model: str) -> list:
    """The runs of the whole path that came to this version, the latest first."""
    client = MlflowClient()
    experiment = client.get_experiment_by_name("credit-scoring").experiment_id
    return client.search_runs([experiment], f"tags.step = 'main' and tags.model = '{model}'")


def nested(path) -> list:
    """The runs in a run, the first first."""
    of_path = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{path.info.run_id}'"
    return MlflowClient().search_runs([path.info.experiment_id], of_path, order_by=["attributes.start_time ASC"])


def children_of(path) -> list[str]:
    return [run.info.run_name for run in nested(path)]
