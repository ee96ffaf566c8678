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
