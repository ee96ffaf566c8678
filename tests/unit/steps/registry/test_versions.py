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

from steps.registry.versions import CHAMPION, Stage, find_champion, find_version, make_champion, move, uri_of
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


def stages(name: str) -> dict[str, str]:
    return {each.version: each.current_stage for each in MlflowClient().search_model_versions(f"name = '{name}'")}


def test_a_version_is_found_by_number_and_the_latest_without_one(registered):
    assert str(find_version(registered, "1").version) == "1"
    assert str(find_version(registered, "").version) == "2"
    assert uri_of(find_version(registered, "1")) == f"models:/{registered}/1"


def test_a_version_that_there_is_not_is_told_which_there_are(registered):
    with pytest.raises(UserError, match=f"version: {registered} has 1, 2, but no 3"):
        find_version(registered, "3")


def test_a_model_without_versions_is_told_how_to_make_one():
    with pytest.raises(UserError, match=r"never-trained has no versions: register one with `mlflow run \. -e train`"):
        find_version("never-trained", "")


@pytest.mark.parametrize("name", ["", "it's"])
def test_a_name_that_would_break_the_search_is_refused(name):
    with pytest.raises(UserError, match="model_name: expected up to 100 letters"):
        find_version(name, "")


def test_before_the_first_promotion_nobody_is_champion(registered):
    assert find_champion(registered) is None
    assert find_champion("never-trained") is None


def test_a_new_champion_takes_alias_and_stage_and_archives_the_one_before(registered):
    make_champion(find_version(registered, "1"), None)
    first = find_champion(registered)

    make_champion(find_version(registered, "2"), first)

    assert MlflowClient().get_model_version_by_alias(registered, CHAMPION).version == find_champion(registered).version
    assert {str(version): stage for version, stage in stages(registered).items()} == {
        "1": "Archived",
        "2": "Production",
    }


@pytest.mark.parametrize("stage", [Stage.staging, Stage.archived])
def test_the_champion_cannot_be_moved_away_but_others_can(registered, stage):
    make_champion(find_version(registered, "1"), None)

    with pytest.raises(UserError, match="version 1 is the champion: promote another version first"):
        move(registered, "1", stage)

    assert str(move(registered, "2", stage).version) == "2"
    assert {str(version): at for version, at in stages(registered).items()} == {"1": "Production", "2": stage}


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
    make_champion(find_version(registered, "1"), None)

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
