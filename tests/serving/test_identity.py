"""The name that a server reports and puts on record: that of the version it serves, or of no version at all."""

import subprocess
import sys

import mlflow
import pytest
import requests
from mlflow import MlflowClient

from steps.run.settings import Settings
from steps.train import TrainedVersion, train
from testing.forked_servers import hardened_server, stock_server
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow

FAST = '{"rounds": 20, "patience": 20}'
APPLICATION = {"income": 20_000, "age": 40, "sex": "f", "job": "cook", "past_loans": 2}
LABEL = """
import mlflow, sys
for uri in sys.argv[1:]:
    print(mlflow.pyfunc.load_model(uri, suppress_warnings=True).unwrap_python_model().service.origin.label)
"""


def trained_as(name: str) -> TrainedVersion:
    return train(lender_table(), name, Settings(), POLICY, FAST)


def logged_model(version: TrainedVersion) -> str:
    """The id of the version's logged model."""
    source = MlflowClient().get_model_version(version.model_name, str(version.version)).source
    return source.removeprefix("models:/")


@pytest.fixture(scope="module")
def alone() -> TrainedVersion:
    """The only version of its logged model."""
    return trained_as("alone")


@pytest.fixture(scope="module")
def copied() -> TrainedVersion:
    """A version with a copy of another name: both have one logged model."""
    version = trained_as("first")
    MlflowClient().copy_model_version(version.uri, "second")
    MlflowClient().set_registered_model_alias("second", "champion", "1")
    return version


def decided_by(url: str) -> str:
    answer = requests.post(f"{url}/invocations", json={"inputs": [APPLICATION]}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"][0]["model"]


@pytest.fixture(params=["run", "logged model"])
def unnamed_uri(request, alone) -> str:
    """A URI of the only version that does not name it."""
    return f"runs:/{alone.run_id}/model" if request.param == "run" else f"models:/{logged_model(alone)}"


def test_the_hardened_server_finds_the_version_of_a_uri_that_names_none(unnamed_uri):
    with hardened_server(unnamed_uri) as url:
        assert decided_by(url) == "alone/1"
        assert requests.get(f"{url}/ready", timeout=10).json()["model"] == "alone/1"


def test_mlflows_server_finds_the_version_of_a_uri_that_names_none(unnamed_uri):
    with stock_server(unnamed_uri) as url:
        assert decided_by(url) == "alone/1"


def test_two_hardened_servers_of_two_copies_each_report_their_own_name(copied):
    with hardened_server(copied.uri, workers=2) as first, hardened_server("models:/second@champion") as second:
        # The latest download of the logged model is another's, while both serve.
        mlflow.artifacts.download_artifacts(copied.uri)
        names = [(decided_by(first), decided_by(second)) for _ in range(6)]

    assert set(names) == {("first/1", "second/1")}


def test_an_uri_that_may_be_either_copy_is_reported_as_neither(copied):
    with hardened_server(f"runs:/{copied.run_id}/model") as url:
        assert decided_by(url) == logged_model(copied)


def test_mlflows_server_claims_no_name_that_may_be_the_copys(copied):
    with stock_server(copied.uri) as url:
        mlflow.artifacts.download_artifacts("models:/second/1")
        assert decided_by(url) == logged_model(copied)


def test_a_model_loaded_in_python_claims_no_name_that_may_be_the_copys(copied, alone):
    uris = [copied.uri, "models:/second/1", alone.uri]

    labels = subprocess.run(
        [sys.executable, "-c", LABEL, *uris], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert labels == [logged_model(copied), logged_model(copied), "alone/1"]
