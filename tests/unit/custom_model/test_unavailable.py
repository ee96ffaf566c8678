"""A model that cannot be loaded: why, and what to do."""

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from custom_model.unavailable import unavailable


@pytest.fixture
def registered(tmp_path):
    client = MlflowClient()
    client.create_registered_model("unavailable")
    client.create_model_version("unavailable", source=tmp_path.as_uri())
    yield "unavailable"
    client.delete_registered_model("unavailable")


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        (
            "models:/unavailable@champion",
            "unavailable has no champion: promote one with `mlflow run . -e promote --env-manager local -P "
            "model_name=unavailable`, or name a version, as in models:/unavailable/1",
        ),
        ("models:/unavailable@other", "unavailable has no other: set it in MLflow, or name a version"),
        ("models:/unavailable/7", "unavailable has no version 7: `mlflow ui` lists its versions"),
        ("models:/nobody@champion", "there is no registered model nobody: train one with `mlflow run . -e train"),
        ("models:/nobody/1", "there is no registered model nobody: train one with"),
        ("runs:/nowhere/model", "runs:/nowhere/model cannot be loaded: Run with id=nowhere not found"),
        ("models:/", "models:/ cannot be loaded: Not a proper models:/ URI"),
        ("runs:/x", "runs:/x cannot be loaded: Not a proper runs:/ URI"),
        ("uc:/x", "uc:/x cannot be loaded: Could not find a registered artifact repository"),
        ("/nowhere", "/nowhere cannot be loaded: No such artifact"),
    ],
)
def test_mlflows_own_errors_say_what_to_do(registered, uri, sentence):
    with pytest.raises(MlflowException) as error:
        mlflow.artifacts.download_artifacts(uri)

    assert unavailable(uri, error.value).startswith(sentence)


def test_a_package_that_is_missing_is_named():
    assert unavailable("s3://a", ModuleNotFoundError("x", name="botocore")) == (
        "s3://a cannot be loaded: this needs the package botocore"
    )


def test_the_address_of_no_mlflow_server_is_told_without_its_login():
    uri = "http://user:secretpw@127.0.0.1:1/m"
    with pytest.raises(ValueError, match="not enough values to unpack") as error:
        mlflow.artifacts.download_artifacts(uri)

    assert unavailable(uri, error.value) == (
        "http://***@127.0.0.1:1/m is no address of a model: expected "
        "http://HOST/api/2.0/mlflow-artifacts/artifacts/PATH of an MLflow server, or models:/NAME/VERSION with "
        "MLFLOW_TRACKING_URI=http://HOST"
    )


@pytest.mark.parametrize("uri", ["models:/lender@champion", "models:/lender/1", "runs:/0a1b/model"])
def test_a_server_that_does_not_answer_is_not_taken_for_one_without_a_model(uri, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    client = MlflowClient("http://user:secretpw@127.0.0.1:1")
    with pytest.raises(MlflowException, match="alias failed with exception") as error:
        client.get_model_version_by_alias("lender", "champion")

    assert unavailable(uri, error.value) == (
        f"{uri} cannot be loaded: no answer of the MLflow server at http://***@127.0.0.1:1: check it and "
        "MLFLOW_TRACKING_URI"
    )


def test_a_disk_that_is_full_is_told_although_it_is_not_in_the_first_line():
    error = MlflowException(
        "The following failures occurred while downloading one or more artifacts from /store:\n"
        "##### File model.lgb #####\n[Errno 28] No space left on device: '/tmp/model.lgb'"
    )

    assert unavailable("models:/lender/1", error) == (
        "models:/lender/1 cannot be loaded: The following failures occurred while downloading one or more artifacts "
        "from /store: No space left on device"
    )
