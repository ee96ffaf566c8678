"""The registry follows its ledger: what was cut off is completed, what was done by hand is recorded."""

from itertools import count

import pytest
from mlflow import MlflowClient

from steps.ledger.chain import problems
from steps.ledger.records import Event, Outcome, filed
from steps.registry import champion, settlement
from steps.registry.approvals import approve, await_approval
from steps.registry.settlement import settle
from steps.registry.versions import find_champion, find_version
from steps.run.console import UserError
from tests.unit.steps.registry.entries import alias_of, champion_of, created_anew, crown, promotion, registered, stages

pytestmark = pytest.mark.slow  # a real registry for each test

NUMBERS = count()


@pytest.fixture
def model() -> str:
    return registered(f"settled-{next(NUMBERS)}", versions=3)


class CutOff(Exception):
    """The moment at which a process ends."""


def cut_off(*_: object, **__: object) -> None:
    raise CutOff


@pytest.mark.parametrize(
    "moment",
    ["set_registered_model_alias", "delete_registered_model_alias", "transition_model_version_stage", "carry_out"],
)
def test_a_move_that_was_cut_off_after_its_record_is_completed_and_told(model, moment, monkeypatch, capsys):
    crown(model, "1")
    with monkeypatch.context() as patch:
        patch.setattr(champion if moment == "carry_out" else MlflowClient, moment, cut_off)
        with pytest.raises(CutOff):
            crown(model, "2")

    settle(model)

    assert f"record 2 was cut off: version 2 of {model} is champion now" in capsys.readouterr().out
    assert (champion_of(model), alias_of(model, "previous")) == ("2", "1")
    assert stages(model) == {"1": "Archived", "2": "Production", "3": "None"}
    assert [(each.record.version, each.carried_out) for each in filed(model)] == [("2", True), ("1", True)]
    settle(model)
    assert capsys.readouterr().out == ""


def test_a_promotion_that_was_cut_off_before_its_record_has_changed_nothing(model, monkeypatch, capsys):
    crown(model, "1")
    with monkeypatch.context() as patch:
        patch.setattr(champion, "append", cut_off)
        with pytest.raises(CutOff):
            crown(model, "2")

    settle(model)

    assert (champion_of(model), stages(model)["1"], capsys.readouterr().out) == ("1", "Production", "")
    assert len(list(filed(model))) == 1


def test_a_champion_that_was_set_by_hand_stays_and_is_recorded_and_told(model, capsys):
    crown(model, "1")
    MlflowClient().set_registered_model_alias(model, "champion", "3")

    settle(model)

    found = next(filed(model)).record
    assert (found.event, found.outcome, found.version, found.replaced) == (Event.found, Outcome.champion, "3", "1")
    told = capsys.readouterr().out
    assert f"the champion of {model} is version 3: the alias was moved outside of these commands; record 2 says" in told
    assert (champion_of(model), alias_of(model, "previous")) == ("3", "1")
    assert stages(model) == {"1": "Archived", "2": "None", "3": "Production"}
    settle(model)
    assert capsys.readouterr().out == ""


def test_a_champion_that_was_removed_by_hand_is_recorded_as_none(model, capsys):
    crown(model, "1")
    MlflowClient().delete_registered_model_alias(model, "champion")

    settle(model)

    assert next(filed(model)).record.version is None
    assert f"the champion of {model} is none" in capsys.readouterr().out
    assert crown(model, "2")
    assert list(problems(model, list(filed(model)))) == []


def test_a_champion_of_before_the_ledger_is_its_first_record(model, capsys):
    MlflowClient().set_registered_model_alias(model, "champion", "2")

    settle(model)

    first = next(filed(model)).record
    assert (first.number, first.version, first.reason) == (1, "2", "it was champion before the ledger began")
    assert "it was champion before the ledger began; record 1 says so" in capsys.readouterr().out


def test_a_model_that_never_had_a_champion_has_nothing_to_settle(model, capsys):
    settle(model)

    assert list(filed(model)) == []
    assert capsys.readouterr().out == ""


def test_of_two_who_settle_at_once_the_second_finds_it_done(model, monkeypatch, capsys):
    crown(model, "1")
    MlflowClient().set_registered_model_alias(model, "champion", "3")
    looks = iter([False, True])
    monkeypatch.setattr(settlement, "_is_settled", lambda name: next(looks))

    settle(model)

    assert len(list(filed(model))) == 1
    assert "record" not in capsys.readouterr().out


def test_a_ledger_that_is_not_whole_is_told_before_anything_is_done(model, capsys):
    crown(model, "1")
    MlflowClient().set_registered_model_tag(f"{model}-ledger-000001", "record", "changed")

    settle(model)

    assert f"warning: the ledger of {model} is not whole: record 1 is changed" in capsys.readouterr().out


def test_a_pending_version_whose_alias_was_cut_off_gets_it(model, monkeypatch, capsys):
    crown(model, "1")
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "set_registered_model_alias", cut_off)
        with pytest.raises(CutOff):
            await_approval(find_version(model, "2"), find_champion(model), promotion("2"), approvals=1)

    settle(model)

    assert alias_of(model, "pending") == "2"
    assert f"version 2 of {model} waits for approval (record 2)" in capsys.readouterr().out


def test_an_alias_of_a_version_that_does_not_wait_is_removed_and_told(model, capsys):
    MlflowClient().set_registered_model_alias(model, "pending", "3")

    settle(model)

    assert alias_of(model, "pending") is None
    assert f"version 3 of {model} does not wait for approval by its ledger" in capsys.readouterr().out
    settle(model)
    assert capsys.readouterr().out == ""


def test_a_pending_version_that_was_deleted_stops_no_command(model):
    crown(model, "1")
    assert await_approval(find_version(model, "2"), find_champion(model), promotion("2"), approvals=1)
    MlflowClient().delete_model_version(model, "2")

    settle(model)

    assert crown(model, "3")
    assert (champion_of(model), alias_of(model, "pending")) == ("3", None)


def test_a_version_deleted_between_its_record_and_its_alias_leaves_the_champion_and_is_told(model, monkeypatch, capsys):
    crown(model, "1")
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "set_registered_model_alias", cut_off)
        with pytest.raises(CutOff):
            crown(model, "2")
    MlflowClient().delete_model_version(model, "2")

    settle(model)

    assert f"the champion of {model} is version 1: version 2 was deleted; record 3 says so" in capsys.readouterr().out
    assert (champion_of(model), stages(model)["1"]) == ("1", "Production")
    settle(model)
    assert capsys.readouterr().out == ""


def test_a_champion_that_was_deleted_is_recorded_as_none_with_the_reason(model, capsys):
    crown(model, "1")
    MlflowClient().delete_model_version(model, "1")

    settle(model)

    assert f"the champion of {model} is none: version 1 was deleted; record 2 says so" in capsys.readouterr().out
    assert crown(model, "2")


def test_a_removed_champion_whose_record_was_cut_off_is_told_once(model, monkeypatch, capsys):
    crown(model, "1")
    MlflowClient().delete_registered_model_alias(model, "champion")
    with monkeypatch.context() as patch:
        patch.setattr(champion, "carry_out", cut_off)
        with pytest.raises(CutOff):
            settle(model)
    capsys.readouterr()

    settle(model)

    assert f"record 2 was cut off: no version of {model} is champion now" in capsys.readouterr().out
    settle(model)
    assert "record" not in capsys.readouterr().out


def test_a_version_under_the_champions_number_in_a_model_created_anew_is_another_and_recorded(model, capsys):
    crown(model, "1")
    created_anew(model, versions=1)
    MlflowClient().set_registered_model_alias(model, "champion", "1")

    settle(model)

    assert f"the champion of {model} is version 1: version 1 was deleted; record 2 says so" in capsys.readouterr().out
    settle(model)
    assert capsys.readouterr().out == ""


def test_a_cut_off_move_to_a_version_of_a_model_created_anew_is_not_completed(model, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "set_registered_model_alias", cut_off)
        with pytest.raises(CutOff):
            crown(model, "2")
    created_anew(model, versions=2)

    settle(model)

    assert champion_of(model) is None
    assert f"the champion of {model} is none: version 2 was deleted" in capsys.readouterr().out


def test_a_version_under_the_number_of_a_pending_one_in_a_model_created_anew_does_not_wait(model, monkeypatch):
    assert await_approval(find_version(model, "2"), None, promotion("2", policy="p"), approvals=1)
    created_anew(model, versions=2)

    settle(model)

    assert alias_of(model, "pending") is None
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "maria")
    with pytest.raises(UserError, match="the version of this number is another since: promote it again"):
        approve(model, "2", "p", promotion("2"))
    assert champion_of(model) is None


def test_a_model_without_versions_is_told():
    with pytest.raises(UserError, match="nobody has no versions"):
        settle("nobody")
