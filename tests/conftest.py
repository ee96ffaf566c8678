"""Shared fixtures: a tracking store and registry, a sample, one trained champion, one server, PostgreSQL."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import steps  # before mlflow and lightgbm: it sets variables that they read on import
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings

# isort: split
import mlflow
import pandas as pd
import pytest
from mlflow.models import Model

from custom_model.contract import Contract
from steps.evaluation import in_subprocess
from steps.features import Engine, build, read_feature_table
from steps.gate import answers
from steps.gate.answers import served
from steps.promote import promote
from steps.run.serving import stock_server
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.traffic import answering
from steps.train import TrainedVersion, train
from testing import forked as forked_commands
from testing import forked_interpreters, forked_servers
from testing.postgres import fresh_database
from testing.prepared import prepared_interpreters
from tests.longest import place
from tests.postgres import postgres_of_the_tests

MODEL = "credit-scoring"
TESTS = Path(__file__).parent
# The sample of the tests has 500 held-out clients: policy.yaml's gate would, rightly, not judge a version by them.
SMALL_GATE = {
    "least_clients": 100,
    "least_defaults": 10,
    "worst_calibration_error": 0.06,
    "least_business_score": -1.0,
    "worst_threshold_cost": 1.0,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, each in its own order."""
    items.sort(key=lambda item: place(item.path.relative_to(TESTS).as_posix()))


@pytest.fixture(scope="session", autouse=True)
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tracking store and registry for this test session only."""
    folder = tmp_path_factory.mktemp("tracking")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"):
            patch.delenv(name, raising=False)
        mlflow.set_tracking_uri(uri)
        # SQLite keeps artifacts in ./mlruns unless the experiment says otherwise.
        mlflow.create_experiment("credit-scoring", artifact_location=(folder / "artifacts").as_uri())
        yield uri
    os.chdir(before)


@pytest.fixture(scope="session", autouse=True)
def brief_java() -> Iterator[None]:
    """Java for little data: Spark compiles thousands of methods, and the thorough compiler takes half of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="session", autouse=True)
def forked() -> Iterator[None]:
    """Models are scored, and the gate's servers run, in forked processes.

    An interpreter that imports MLflow and LightGBM takes 3 s of a processor, and a server is two of them. They are
    still interpreters where `make run` of the recipes runs, and in the tests that ask for `own_interpreters`.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in (in_subprocess, answering):
            patch.setattr(module, "subprocess", forked_interpreters)
        patch.setattr(answers, "served", forked_servers.hardened_server)
        yield


@pytest.fixture(scope="module")
def own_interpreters(forked: None) -> Iterator[None]:
    """The scoring and the gate's servers as they are, in interpreters of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (in_subprocess, answering):
            patch.setattr(module, "subprocess", subprocess)
        patch.setattr(answers, "served", served)
        yield


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A folder for the PATH whose `python`, `mlflow` and `uvicorn` need no time to import the packages."""
    with prepared_interpreters() as folder:
        yield folder


@pytest.fixture(scope="module")
def prepared_commands(prepared: Path) -> Iterator[None]:
    """Forked commands start prepared interpreters: a promotion's scoring and its servers, say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forked_commands, "INTERPRETER", str(prepared / "python"))
        yield


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seven tables of 2,500 generated clients."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, clients=2_500, seed=1)
    return folder


@pytest.fixture(scope="session")
def table(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FeatureTable:
    """Their feature table."""
    out = tmp_path_factory.mktemp("features") / "features.parquet"
    return read_feature_table(build(str(sample_folder), out, Engine.duckdb, TARGET, ID, Settings()))


@pytest.fixture(scope="session")
def narrow(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FeatureTable:
    """The feature table of the same clients with one table of their history: a third less to train a version of it."""
    folder = tmp_path_factory.mktemp("narrow")
    for name in ("application_train", "POS_CASH_balance"):
        (folder / f"{name}.parquet").symlink_to(sample_folder / f"{name}.parquet")
    out = folder / "features" / "features.parquet"
    return read_feature_table(build(str(folder), out, Engine.duckdb, TARGET, ID, Settings()))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """policy.yaml with a gate for the few clients of the tests' sample."""
    policy = read_policy()
    return policy.model_copy(update={"promotion": policy.promotion.model_copy(update=SMALL_GATE)})


@pytest.fixture(scope="session")
def quick() -> str:
    """Parameters of a model that trains in seconds and still ranks clients by risk."""
    return '{"rounds": 80, "patience": 80, "learning_rate": 0.1}'


@pytest.fixture(scope="session")
def champion(table: FeatureTable, quick: str, policy: Policy) -> TrainedVersion:
    """A registered version that passed the gate."""
    trained = train(table, MODEL, Settings(), policy, quick)
    assert promote(table, MODEL, Settings(), policy)
    return trained


@pytest.fixture(scope="session")
def server(champion: TrainedVersion) -> Iterator[str]:
    """The base URL of `mlflow models serve` with the champion."""
    with stock_server(f"models:/{MODEL}@champion") as url:
        yield url


@pytest.fixture(scope="session")
def contract(champion: TrainedVersion) -> Contract:
    """The champion's contract."""
    folder = Path(mlflow.artifacts.download_artifacts(champion.uri))
    return Contract.model_validate(Model.load(folder).flavors["python_function"]["config"]["contract"])


@pytest.fixture(scope="session")
def complete(table: FeatureTable, contract: Contract) -> pd.DataFrame:
    """The clients of the table with a value of all that the champion requires, without outcomes."""
    frame = table.frame.drop(columns=table.lineage.target)
    return frame[frame[list(contract.required)].notna().all(axis=1)]


@pytest.fixture(scope="session")
def applications(complete: pd.DataFrame) -> list[dict]:
    """Fifty of them in the form of a request: all fields, null where missing."""
    frame = complete.head(50)
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {name: int(value) if name == ID else value for name, value in row.items()}
        for row in plain.to_dict(orient="records")
    ]


@pytest.fixture(scope="session")
def postgres_running() -> Iterator[str]:
    """A PostgreSQL server for this test session only."""
    with postgres_of_the_tests() as server:
        yield server.url


@pytest.fixture
def postgres(postgres_running: str) -> str:
    """The URL of a fresh database on it."""
    return fresh_database(postgres_running)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real samples, outside the project."""
    folder = Path(os.environ.get("CREDIT_SCORING_REAL_DATA", Path(steps.__file__).parents[2] / "shared" / "data"))
    if not (folder / "home_credit_real5k").is_dir():
        pytest.skip(f"no real sample at {folder} (CREDIT_SCORING_REAL_DATA)")
    return folder
