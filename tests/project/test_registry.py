"""Promotion through a real registry."""

import sqlite3
from contextlib import closing

import mlflow
import pytest
from mlflow import MlflowClient

from steps.promote import promote
from steps.registry.champion import move
from steps.registry.versions import CHAMPION, Stage, find_champion
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.train import train
from testing.forked import run_forked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_commands")]

WEAK = '{"rounds": 3, "patience": 3, "learning_rate": 0.001, "num_leaves": 2}'


@pytest.fixture(scope="module")
def good(narrow, quick, policy):
    return train(narrow, "gated", Settings(), policy, quick)


def champion_of(name: str) -> int:
    return int(find_champion(name).version)


def stage_of(name: str, version: int | str) -> str:
    return MlflowClient().get_model_version(name, str(version)).current_stage


def test_the_gate_admits_replaces_and_rejects_champions(narrow, good, quick, policy, capsys):
    # The first version becomes champion without a comparison.
    assert promote(narrow, "gated", Settings(), policy)
    assert champion_of("gated") == good.version
    assert stage_of("gated", good.version) == "Production"
    tags = MlflowClient().get_model_version("gated", str(good.version)).tags
    assert tags["gate"] == "passed"
    assert int(tags["holdout_clients"]) > 400  # of 2,500; promote evaluated it itself

    # A version with higher costs on the same clients is rejected, and the champion stays.
    weak = train(narrow, "gated", Settings(), policy, WEAK)
    assert not promote(narrow, "gated", Settings(), policy)
    assert "FAILED: cost against the champion" in capsys.readouterr().out
    assert champion_of("gated") == good.version
    assert stage_of("gated", weak.version) == "None"
    described = MlflowClient().get_model_version("gated", str(weak.version)).description
    assert "gate failed: " in described.splitlines()[0]

    # A version with the same decisions takes over, and the old champion is archived.
    twin = train(narrow, "gated", Settings(), policy, quick)
    assert promote(narrow, "gated", Settings(), policy, str(twin.version))
    assert champion_of("gated") == twin.version
    assert stage_of("gated", twin.version) == "Production"
    assert stage_of("gated", good.version) == "Archived"

    # Promoting the champion again changes nothing.
    assert promote(narrow, "gated", Settings(), policy, str(twin.version))

    # Other stages are a move; the champion cannot move, since no version would replace it.
    move("gated", str(weak.version), Stage.staging)
    assert stage_of("gated", weak.version) == "Staging"
    with pytest.raises(UserError, match="is the champion: promote another version first"):
        move("gated", str(twin.version), Stage.archived)


def test_the_error_for_an_unknown_version_lists_the_existing_ones(good):
    with pytest.raises(UserError, match=r"gated has .*1, but no '99'"):
        move("gated", "99", Stage.staging)


def test_the_error_for_an_unknown_model_says_how_to_register_one():
    with pytest.raises(UserError, match="nobody has no versions: register one"):
        move("nobody", "", Stage.staging)


def test_promote_against_a_locked_store_ends_with_status_2_and_one_line(narrow, tmp_path):
    store = tmp_path / "mlflow.db"
    MlflowClient(f"sqlite:///{store}").create_registered_model("locked")
    command = ["-m", "steps.promote", "--model-name", "locked", "--data", narrow.path]
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ended = run_forked(*command, MLFLOW_TRACKING_URI=f"sqlite:///{store}")

    assert ended.returncode == 2, ended.stderr[-2000:]
    assert ended.stderr.splitlines()[-1].startswith("error: MLflow's tracking store failed")
    assert "Traceback" not in ended.stderr


def test_a_locked_registry_is_no_registry_without_a_champion(tmp_path):
    # A registry of its own, with a champion; another program holds its SQLite file.
    store = tmp_path / "mlflow.db"
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{store}")
    try:
        client = MlflowClient()
        client.create_registered_model("locked")
        client.create_model_version("locked", source="file:///nowhere")
        client.set_registered_model_alias("locked", CHAMPION, "1")
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(UserError, match="cannot find the champion of locked: the registry failed"):
                find_champion("locked")
            other.execute("ROLLBACK")
        champion = find_champion("locked")
        assert champion is not None
        assert str(champion.version) == "1"
    finally:
        mlflow.set_tracking_uri(before)
