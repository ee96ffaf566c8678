"""Both images of the champion, built once; skipped where there is no engine."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from mlflow import MlflowClient

from steps.publish import publish
from steps.run.policy import Policy
from steps.run.serving import hardened_server
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import TrainedVersion, train
from tests.conftest import MODEL
from tests.serving.test_following import FAST

SLIM, STOCK = "credit-scoring-test-slim", "credit-scoring-test-stock"


@pytest.fixture(scope="session")
def engine() -> None:
    """Docker's engine; the tests are skipped where there is none."""
    if shutil.which("docker") is None:
        pytest.skip("the program docker is missing: as root on Debian, .ci/with_engine installs and starts an engine")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers: as root on Debian, .ci/with_engine starts one")


@pytest.fixture(scope="session")
def table(narrow: FeatureTable) -> FeatureTable:
    """Clients with one table of their history."""
    return narrow


@pytest.fixture(scope="session")
def champion(table: FeatureTable, policy: Policy) -> TrainedVersion:
    """A champion of few trees. No gate has passed it: an image asks none."""
    trained = train(table, MODEL, Settings(), policy, FAST)
    MlflowClient().set_registered_model_alias(MODEL, "champion", str(trained.version))
    return trained


@pytest.fixture(scope="session")
def slim(engine, champion) -> str:
    """Our image of the champion, by the command that users run."""
    command = [sys.executable, "-m", "steps.image", "--model-uri", f"models:/{MODEL}@champion", "--tag", SLIM]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    print(built.stdout)
    return SLIM


@pytest.fixture(scope="session")
def stock_image(engine, champion) -> str:
    """MLflow's image of the champion."""
    command = [sys.executable, "-m", "mlflow", "models", "build-docker", "-m", f"models:/{MODEL}@champion"]
    built = subprocess.run(
        [*command, "--env-manager", "local", "-n", STOCK], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return STOCK


@pytest.fixture(scope="session")
def history(table, tmp_path_factory) -> str:
    """The folder of a file with the history of all clients. SQLite's readers write beside it: any user may."""
    folder = tmp_path_factory.mktemp("history")
    publish(str(table.path), Settings(), f"sqlite:///{folder / 'history.db'}")
    folder.chmod(0o777)
    for path in folder.iterdir():
        path.chmod(0o666)
    return str(folder)


@pytest.fixture(scope="session")
def outside(champion, history, tmp_path_factory) -> Iterator[str]:
    """The base URL of a hardened server on this machine, in the environment of the project."""
    stores = {
        "HISTORY_STORE_URI": f"sqlite:///{history}/history.db",
        "DECISION_LOG_URI": f"sqlite:///{tmp_path_factory.mktemp('log') / 'log.db'}",
    }
    with hardened_server(f"models:/{MODEL}@champion", **stores) as url:
        yield url
