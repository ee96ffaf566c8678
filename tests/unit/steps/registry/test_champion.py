"""The champion: alias and stage move together, only where nobody else was faster; what was cut off is mended."""

from itertools import count

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE

from steps.ledger.chain import problems
from steps.ledger.records import enter, filed
from steps.registry import champion
from steps.registry.champion import make_champion, move, restore_stages
from steps.registry.names import lock_name
from steps.registry.settlement import settle
from steps.registry.versions import CHAMPION, Stage, find_champion, find_version
from steps.run.console import UserError
from tests.unit.steps.registry.entries import crown, promotion, registered, stages

pytestmark = pytest.mark.slow  # a real registry for each test

NUMBERS = count()


@pytest.fixture(name="registered")
def three_versions() -> str:
    """A registered model of its own, with three versions."""
    return registered(f"throne-{next(NUMBERS)}", versions=3)


def is_locked(name: str) -> bool:
    return bool(MlflowClient().search_registered_models(f"name = '{lock_name(name)}'"))


def test_a_new_champion_takes_alias_and_stage_and_archives_the_one_before(registered):
    assert crown(registered, "1")
    assert crown(registered, "2")

    assert MlflowClient().get_model_version_by_alias(registered, CHAMPION).version == find_champion(registered).version
    assert stages(registered) == {"1": "Archived", "2": "Production", "3": "None"}
    assert not is_locked(registered)


def test_a_version_that_was_compared_with_another_champion_changes_nothing(registered):
    crown(registered, "1")
    compared = find_champion(registered)
    crown(registered, "2")

    assert not make_champion(find_version(registered, "3"), compared, promotion())
    assert not make_champion(find_version(registered, "3"), None, promotion())

    assert str(find_champion(registered).version) == "2"
    assert stages(registered) == {"1": "Archived", "2": "Production", "3": "None"}
    assert not is_locked(registered)


def test_all_others_leave_production_whoever_put_them_there(registered):
    for version in ("1", "2"):
        MlflowClient().transition_model_version_stage(registered, version, "Production")

    crown(registered, "3")

    assert stages(registered) == {"1": "Archived", "2": "Archived", "3": "Production"}


def test_versions_that_were_moved_by_hand_are_put_back_and_told(registered, capsys):
    crown(registered, "2")
    for version, stage in [("1", "Production"), ("2", "Staging")]:
        MlflowClient().transition_model_version_stage(registered, version, stage)

    assert restore_stages(registered)

    assert stages(registered) == {"1": "Archived", "2": "Production", "3": "None"}
    assert (
        f"{registered}'s champion, version 2, is now alone in Production, and version 1 is archived"
    ) in capsys.readouterr().out
    assert not restore_stages(registered)
    assert not capsys.readouterr().out


def test_what_is_in_order_or_has_no_champion_is_not_moved(registered, capsys):
    assert not restore_stages(registered)
    MlflowClient().transition_model_version_stage(registered, "1", "Production")

    assert not restore_stages(registered)

    assert stages(registered)["1"] == "Production"
    assert f"version 1 of {registered} is in Production, but no version is champion" in capsys.readouterr().out


@pytest.mark.parametrize("stage", [Stage.staging, Stage.archived])
def test_the_champion_cannot_be_moved_away_but_others_can(registered, stage):
    crown(registered, "1")

    with pytest.raises(UserError, match="version 1 is the champion: promote another version first"):
        move(registered, "1", stage)

    assert str(move(registered, "2", stage).version) == "2"
    assert stages(registered) == {"1": "Production", "2": stage, "3": "None"}
    assert not is_locked(registered)


def test_a_registry_that_fails_half_way_is_told_and_mended_by_the_next_promotion(registered, monkeypatch):
    crown(registered, "1")
    with monkeypatch.context() as patch:

        def fail(*_, **__):
            raise MlflowException("(sqlite3.OperationalError) database is locked", TEMPORARILY_UNAVAILABLE)

        patch.setattr(MlflowClient, "transition_model_version_stage", fail)
        with pytest.raises(UserError, match=r"registry failed \(.*\); what was cut off, the next promotion completes"):
            crown(registered, "2")

    settle(registered)

    assert stages(registered) == {"1": "Archived", "2": "Production", "3": "None"}
    assert not is_locked(registered)


class Cut(Exception):
    """The moment at which a process ends."""


def test_a_record_that_changes_nothing_written_meanwhile_stops_no_promotion(registered, monkeypatch):
    crown(registered, "1")
    real, ends = champion.end_of, []

    def refusal_in_between(name: str):
        ends.append(real(name))
        if len(ends) == 1:
            enter(name, promotion("3"))  # without the lock, as every refusal
        return ends[-1]

    monkeypatch.setattr(champion, "end_of", refusal_in_between)

    assert crown(registered, "2")

    assert [each.record.version for each in filed(registered)] == ["2", "3", "1"]
    assert list(problems(registered, list(filed(registered)))) == []


def test_one_whose_lock_was_broken_before_its_record_writes_none(registered, monkeypatch):
    crown(registered, "1")
    real = champion.end_of

    def stood_still(name: str):
        end = real(name)
        MlflowClient().delete_registered_model(lock_name(name))
        return end

    monkeypatch.setattr(champion, "end_of", stood_still)

    with pytest.raises(UserError, match="stood still"):
        crown(registered, "2")

    assert len(list(filed(registered))) == 1


def test_a_move_cut_off_during_a_comparison_is_completed_and_compared_with(registered, monkeypatch, capsys):
    crown(registered, "1")
    compared = find_champion(registered)
    with monkeypatch.context() as patch:

        def cut_off(*_, **__):
            raise Cut

        patch.setattr(MlflowClient, "set_registered_model_alias", cut_off)
        with pytest.raises(Cut):
            crown(registered, "2")

    assert not make_champion(find_version(registered, "3"), compared, promotion("3"))

    assert f"record 2 was cut off: version 2 of {registered} is champion now" in capsys.readouterr().out
    assert str(find_champion(registered).version) == "2"
    assert crown(registered, "3")
    assert [(each.record.version, each.record.replaced) for each in filed(registered)] == [
        ("3", "2"),
        ("2", "1"),
        ("1", None),
    ]
