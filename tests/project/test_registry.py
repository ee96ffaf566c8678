"""Promotion through a real registry."""

import pytest
from mlflow import MlflowClient

from steps.promote import Stage, find_champion, move, promote
from steps.run.console import UserError
from steps.run.policy import read_policy
from steps.run.settings import Settings
from steps.train import train

pytestmark = pytest.mark.slow

WEAK = '{"rounds": 3, "patience": 3, "learning_rate": 0.001, "num_leaves": 2}'


@pytest.fixture(scope="module")
def good(table, quick):
    return train(table, "gated", Settings(), read_policy(), quick)


def champion_of(name: str) -> int:
    return int(find_champion(name).version)


def stage_of(name: str, version: int | str) -> str:
    return MlflowClient().get_model_version(name, str(version)).current_stage


def test_the_gate_crowns_replaces_and_refuses(table, good, quick, capsys):
    # The first version becomes champion if it stands on its own.
    assert promote(table, "gated", Settings(), read_policy())
    assert champion_of("gated") == good.version
    assert stage_of("gated", good.version) == "Production"

    # A version that decides worse on the same clients is kept out, and the champion stays.
    weak = train(table, "gated", Settings(), read_policy(), WEAK)
    assert not promote(table, "gated", Settings(), read_policy())
    assert "FAILED: cost against the champion" in capsys.readouterr().out
    assert champion_of("gated") == good.version
    assert stage_of("gated", weak.version) == "None"

    # One that decides alike takes over; the one before is archived.
    twin = train(table, "gated", Settings(), read_policy(), quick)
    assert promote(table, "gated", Settings(), read_policy(), str(twin.version))
    assert champion_of("gated") == twin.version
    assert stage_of("gated", twin.version) == "Production"
    assert stage_of("gated", good.version) == "Archived"

    # Promoting the champion again changes nothing.
    assert promote(table, "gated", Settings(), read_policy(), str(twin.version))

    # Other stages are a move; the champion cannot be moved away, for nothing would serve.
    move("gated", str(weak.version), Stage.staging)
    assert stage_of("gated", weak.version) == "Staging"
    with pytest.raises(UserError, match="is the champion: promote another version first"):
        move("gated", str(twin.version), Stage.archived)


def test_an_unknown_version_is_named_with_those_there_are(good):
    with pytest.raises(UserError, match=r"gated has 1.*, but no 99"):
        move("gated", "99", Stage.staging)


def test_an_unknown_model_is_told_how_to_get_one():
    with pytest.raises(UserError, match="nobody has no versions: register one"):
        move("nobody", "", Stage.staging)
