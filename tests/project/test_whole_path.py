"""`mlflow run` from raw tables to a served decision; README's first command has interpreters of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from tests.recipes.copies import copy_project

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = Path(sys.executable).parent


GENERATOR = np.random.default_rng(3)
LENDER = "client,bad,income\n" + "".join(
    f"{client},{int(GENERATOR.random() < 0.2 + 0.3 * (client % 2))},{client % 2 + GENERATOR.random()}\n"
    for client in range(1_000)
)


def mlflow_run(
    *arguments: str, programs: Path = ENVIRONMENT, cwd: Path = PROJECT, project: Path = PROJECT, **environment: str
) -> subprocess.CompletedProcess:
    """The ended command, with the `mlflow` and the `python` of a folder, on this project or a copy."""
    path = os.pathsep.join(map(str, dict.fromkeys([programs, ENVIRONMENT, os.environ["PATH"]])))
    return subprocess.run(
        [programs / "mlflow", "run", str(project), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
        env={**os.environ, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true", **environment},
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory) -> Path:
    """A copy of the project whose models have few trees, with the project's own gate."""
    folder = copy_project(tmp_path_factory.mktemp("quick"))
    shutil.copy(PROJECT / "policy.yaml", folder)
    return folder


def test_main_runs_from_raw_tables_to_a_served_decision(tmp_path, prepared):
    completed = mlflow_run(
        *("--env-manager", "local", "-P", f"folder={tmp_path}", "-P", "model_name=whole-path"), programs=prepared
    )

    assert completed.returncode == 0, completed.stderr
    assert "whole-path version 1 is champion" in completed.stdout
    assert "decided by              whole-path/1" in completed.stdout
    assert "probability of default" in completed.stdout
    assert "mlflow models serve -m models:/whole-path@champion" in completed.stdout
    assert "make serve NAME=whole-path" in completed.stdout
    assert int(MlflowClient().get_model_version_by_alias("whole-path", "champion").version) == 1
    assert {file.name.split("-")[0] for file in (tmp_path / "data").iterdir()} == {"sample", "features"}


def test_main_runs_on_the_real_sample_whose_held_out_clients_are_too_few_for_the_gate(real_data, quick, prepared):
    data = real_data / "home_credit_real5k"

    completed = mlflow_run(
        *("--env-manager", "local", "-P", f"data={data}", "-P", "model_name=real"),
        programs=prepared,
        project=quick,
    )

    assert completed.returncode == 1
    assert "has no installments_payments: its features stay empty" in completed.stdout
    assert completed.stdout.count("installments_payments") == 1
    assert "FAILED: held-out clients: " in completed.stdout
    assert "too few clients to judge it" in completed.stdout
    assert "real has no champion to serve instead" in completed.stderr
    assert "Traceback" not in completed.stderr.split("error: ")[0]
    assert MlflowClient().get_registered_model("real").aliases == {}


def test_main_trains_registers_and_serves_another_lenders_flat_file(real_data, quick, prepared):
    flat = real_data / "uci_taiwan" / "UCI_Credit_Card.csv"

    completed = mlflow_run(
        *("--env-manager", "local", "-P", f"data={flat}", "-P", "target=default.payment.next.month"),
        *("-P", "id=ID"),
        programs=prepared,
        project=quick,
    )

    assert completed.returncode == 0, completed.stderr
    assert "decided by              UCI_Credit_Card/1" in completed.stdout


def test_a_project_in_another_folder_keeps_what_lasts_where_it_is_called(tmp_path, prepared):
    (tmp_path / "clients[1].csv").write_text(LENDER)

    completed = mlflow_run(
        *("-e", "train", "--env-manager", "local", "-P", "data=clients[1].csv", "-P", "target=bad", "-P", "id=client"),
        *("-P", 'params={"rounds": 20}'),
        programs=prepared,
        cwd=tmp_path,
        MLFLOW_TRACKING_URI="",
    )

    assert completed.returncode == 0, completed.stderr
    assert "clients-1 version 1" in completed.stdout
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clients[1].csv", "data", "mlflow.db", "mlruns"]
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    assert client.get_model_version("clients-1", "1").run_id


def test_train_runs_in_an_environment_built_by_mlflow_with_uv(tmp_path):
    (tmp_path / "lender.csv").write_text(LENDER)

    completed = mlflow_run(
        *("-e", "train", "--env-manager", "uv", "-P", f"data={tmp_path / 'lender.csv'}", "-P", "target=bad"),
        *("-P", "id=client", "-P", 'params={"rounds": 20}', "-P", "model_name=uv-made"),
        MLFLOW_ENV_ROOT=str(tmp_path),  # so that no environment of an earlier run is reused
    )

    assert completed.returncode == 0, completed.stderr
    assert MlflowClient().get_model_version("uv-made", "1").run_id
    assert "UV sync completed successfully" in completed.stderr


def test_a_quote_in_a_parameter_does_not_open_a_shell_command(tmp_path, prepared):
    witness, data = tmp_path / "witness", f"x'; touch {tmp_path / 'witness'}; echo '"

    completed = mlflow_run("-e", "features", "--env-manager", "local", "-P", f"data={data}", programs=prepared)

    assert completed.returncode != 0
    assert not witness.exists()
