"""Versions of the registered model: which one is found, which is champion, and what a failing registry means."""

from itertools import count

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)

from steps.registry.versions import CHAMPION, find_champion, find_version, named_version, uri_of
from steps.run.console import UserError

NUMBERS = count()


@pytest.fixture
def registered() -> str:
    """A registered model of its own, with two versions."""
    name = f"gate-{next(NUMBERS)}"
    client = MlflowClient()
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, source="file:///nowhere")
    return name


def test_a_version_is_found_by_number_and_the_latest_without_one(registered):
    assert str(find_version(registered, "1").version) == "1"
    assert str(find_version(registered, "").version) == "2"
    assert uri_of(find_version(registered, "1")) == f"models:/{registered}/1"


def test_a_version_that_there_is_not_is_told_which_there_are(registered):
    with pytest.raises(UserError, match=f"version: {registered} has 2, 1, but no '3'"):
        find_version(registered, "3")


@pytest.mark.parametrize(
    "version", ["0", "01", "1.0", "one", "-1", "²", "9" * 5_000, "1\n", " 1", "1' or 1=1", "latest"]
)
def test_a_version_that_is_no_number_of_one_is_told_like_one_that_there_is_not(registered, version):
    with pytest.raises(UserError, match="but no ") as error:
        find_version(registered, version)

    assert len(str(error.value)) < 200
    assert str(error.value).isprintable()


def test_a_uri_that_moves_names_the_version_of_now(registered):
    client = MlflowClient()
    client.transition_model_version_stage(registered, "1", "Staging")

    named = {uri: named_version(f"models:/{registered}/{uri}") for uri in ("latest", "Latest", "Staging", "Production")}

    assert {uri: version and version.version for uri, version in named.items()} == {
        "latest": 2,
        "Latest": 2,
        "Staging": 1,
        "Production": None,
    }


def test_of_many_versions_a_message_names_the_latest():
    client, name = MlflowClient(), f"gate-{next(NUMBERS)}"
    client.create_registered_model(name)
    for _ in range(12):
        client.create_model_version(name, source="file:///nowhere")

    with pytest.raises(UserError, match=r"has 12, 11, .*, 3 and 2 more, but no '13'"):
        find_version(name, "13")


def test_a_model_without_versions_is_told_how_to_make_one():
    with pytest.raises(UserError, match=r"never-trained has no versions: register one with `mlflow run \. -e train -"):
        find_version("never-trained", "")


@pytest.mark.parametrize("name", ["", "it's"])
def test_a_name_that_would_break_the_search_is_refused(name):
    with pytest.raises(UserError, match="model_name: expected up to 100 letters"):
        find_version(name, "")


def test_before_the_first_promotion_nobody_is_champion(registered):
    assert find_champion(registered) is None
    assert find_champion("never-trained") is None


@pytest.mark.parametrize(
    "code", [TEMPORARILY_UNAVAILABLE, INTERNAL_ERROR, PERMISSION_DENIED, INVALID_PARAMETER_VALUE], ids=str
)
def test_a_registry_that_cannot_answer_is_no_proof_that_there_is_no_champion(monkeypatch, code):
    def fail(*_):
        raise MlflowException("(sqlite3.OperationalError) database is locked", code)

    monkeypatch.setattr(MlflowClient, "get_registered_model", fail)

    with pytest.raises(
        UserError, match=r"cannot find the champion of some-model: the registry failed \(.*\); nothing was"
    ):
        find_champion("some-model")


def test_a_champion_that_vanishes_between_two_questions_stops_the_promotion(registered, monkeypatch):
    MlflowClient().set_registered_model_alias(registered, CHAMPION, "1")

    def fail(*_):
        raise MlflowException("Model Version not found", RESOURCE_DOES_NOT_EXIST)

    monkeypatch.setattr(MlflowClient, "get_model_version", fail)

    with pytest.raises(UserError, match=r"the registry failed \(RESOURCE_DOES_NOT_EXIST\)"):
        find_champion(registered)


def test_a_registry_that_cannot_list_versions_is_no_model_without_versions(monkeypatch):
    def fail(*_):
        raise MlflowException("(sqlite3.OperationalError) database is locked", TEMPORARILY_UNAVAILABLE)

    monkeypatch.setattr(MlflowClient, "search_model_versions", fail)

    with pytest.raises(UserError, match="cannot list the versions of some-model"):
        find_version("some-model")
