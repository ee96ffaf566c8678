"""The way back: to the champion before, further back the second time, or to any that once was."""

from itertools import count

import pytest
from mlflow import MlflowClient

from steps.ledger.records import Entry, Event, Outcome, filed
from steps.registry import rollback
from steps.registry.rollback import earlier_champion, roll_back
from steps.run.console import UserError
from tests.unit.steps.registry.entries import alias_of, champion_of, created_anew, crown, registered, stages

pytestmark = pytest.mark.slow  # a real registry for each test

NUMBERS = count()


@pytest.fixture
def model(monkeypatch) -> str:
    """Versions 1 to 5; 1, 2 and 3 were champion in this order. Their artifacts count as readable."""
    monkeypatch.setattr(rollback, "is_readable", lambda version: True)
    name = registered(f"back-{next(NUMBERS)}", versions=5)
    for version in ("1", "2", "3"):
        crown(name, version)
    return name


def back(model: str, version: str = "") -> str:
    target = earlier_champion(model, version)
    entry = Entry(event=Event.rollback, outcome=Outcome.champion, version=str(target.version), reason="refusals")
    replaced = roll_back(target, entry)
    return str(replaced.version)


def test_a_rollback_makes_the_champion_before_champion_again(model):
    assert back(model) == "3"

    assert (champion_of(model), alias_of(model, "previous")) == ("2", "1")
    assert stages(model) == {"1": "Archived", "2": "Production", "3": "Archived", "4": "None", "5": "None"}
    record = next(filed(model)).record
    assert (record.event, record.version, record.replaced, record.reason) == ("rollback", "2", "3", "refusals")


def test_a_second_rollback_goes_further_back_and_a_third_has_nowhere_to_go(model):
    back(model)
    assert back(model) == "2"

    assert (champion_of(model), alias_of(model, "previous")) == ("1", None)
    with pytest.raises(UserError, match=r"expected one of .* that once was champion: its ledger has 2, 3"):
        back(model)


def test_a_promotion_after_a_rollback_is_rolled_back_to_the_version_rolled_back_to(model):
    back(model)
    crown(model, "4")

    assert back(model) == "4"

    assert (champion_of(model), alias_of(model, "previous")) == ("2", "1")


def test_a_rollback_goes_to_any_version_that_once_was_champion(model):
    assert back(model, "1") == "3"

    assert (champion_of(model), alias_of(model, "previous")) == ("1", None)
    assert back(model, "3") == "1"


def test_a_version_that_never_was_champion_or_is_it_now_is_no_way_back(model):
    with pytest.raises(UserError, match=r"expected one of .* that once was champion: its ledger has 2, 1"):
        earlier_champion(model, "5")
    with pytest.raises(UserError, match=r"version: 3 is .*'s champion already"):
        earlier_champion(model, "3")


def test_a_version_whose_artifacts_are_gone_is_no_way_back(model, monkeypatch):
    monkeypatch.setattr(rollback, "is_readable", lambda version: False)

    with pytest.raises(UserError, match="cannot be read: go back to another with `version`; its ledger has 1"):
        earlier_champion(model)


def test_a_deleted_version_is_no_way_back(model):
    MlflowClient().delete_model_version(model, "2")

    with pytest.raises(UserError, match="but no '2'"):
        earlier_champion(model)
    with pytest.raises(UserError, match=r"that once was champion: its ledger has 1$"):
        earlier_champion(model, "5")


def test_a_rollback_to_a_version_whose_own_predecessor_was_deleted_is_complete(model):
    MlflowClient().delete_model_version(model, "1")

    assert back(model) == "3"

    assert (champion_of(model), alias_of(model, "previous")) == ("2", None)
    assert stages(model) == {"2": "Production", "3": "Archived", "4": "None", "5": "None"}
    assert next(filed(model)).carried_out


def test_a_promotion_between_the_choice_and_the_rollback_is_replaced_by_it(model):
    target = earlier_champion(model)
    crown(model, "4")

    replaced = roll_back(target, Entry(event=Event.rollback, outcome=Outcome.champion, version="2", reason="refusals"))

    assert (champion_of(model), str(replaced.version)) == ("2", "4")


def test_a_model_with_one_champion_or_none_has_no_way_back():
    name = registered(f"alone-{next(NUMBERS)}", versions=1)

    with pytest.raises(UserError, match="its ledger has no other"):
        earlier_champion(name)
    crown(name, "1")
    with pytest.raises(UserError, match="its ledger has no other"):
        earlier_champion(name)


@pytest.mark.parametrize("version", ["", "1", "2", "3"])
def test_a_version_with_the_number_of_a_champion_in_a_model_that_was_deleted_is_no_way_back(model, version):
    created_anew(model, versions=5)

    with pytest.raises(UserError, match=r"expected one of .* that once was champion: its ledger has no other"):
        earlier_champion(model, version)
