"""Approvals: by others, of what the gate judged, against the champion that it judged against."""

import threading
import time
from itertools import count

import pytest
from mlflow import MlflowClient

from steps.ledger import actor, records
from steps.ledger.records import Entry, Event, Outcome, enter, filed
from steps.registry import approvals
from steps.registry.approvals import approve, await_approval
from steps.registry.settlement import settle
from steps.registry.versions import find_champion, find_version
from steps.run.console import UserError
from steps.run.policy import read_policy
from tests.unit.steps.registry.entries import alias_of, champion_of, crown, promotion, registered, stages

pytestmark = pytest.mark.slow  # a real registry for each test

APPROVAL = Entry(event=Event.approval, outcome=Outcome.approved, version="")
NUMBERS = count()


@pytest.fixture
def model(monkeypatch) -> str:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "olga")
    return registered(f"approved-{next(NUMBERS)}", versions=3)


def wait(model: str, version: str, approvals: int = 1) -> None:
    entry = promotion(version, policy="today")
    assert await_approval(find_version(model, version), find_champion(model), entry, approvals)


def approved_by(name: str, model: str, monkeypatch, version: str = "", policy: str = "today"):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
    return approve(model, version, policy, APPROVAL)


def test_a_pending_version_decides_nothing_until_another_person_approves_it(model, monkeypatch):
    crown(model, "1")
    wait(model, "2")
    assert (champion_of(model), alias_of(model, "pending")) == ("1", "2")
    assert stages(model)["2"] == "None"

    approved = approved_by("maria", model, monkeypatch, "2")

    assert (approved.version, approved.missing) == ("2", 0)
    assert (champion_of(model), alias_of(model, "previous"), alias_of(model, "pending")) == ("2", "1", None)
    assert stages(model) == {"1": "Archived", "2": "Production", "3": "None"}
    approval, waiting, _ = (each.record for each in filed(model))
    assert (waiting.who, waiting.outcome, approval.who, approval.outcome) == ("olga", "pending", "maria", "champion")
    assert (approval.approves, approval.replaced) == (waiting.number, "1")


def test_who_promoted_a_version_cannot_approve_it(model, monkeypatch):
    wait(model, "1")

    with pytest.raises(UserError, match=r"version 1 was promoted by olga: expected the approval of another person"):
        approved_by("olga", model, monkeypatch)

    assert champion_of(model) is None
    assert len(list(filed(model))) == 1


def test_two_approvals_are_two_peoples(model, monkeypatch):
    wait(model, "1", approvals=2)

    assert approved_by("maria", model, monkeypatch).missing == 1
    assert champion_of(model) is None
    with pytest.raises(UserError, match="has the approval of maria already"):
        approved_by("maria", model, monkeypatch)
    assert approved_by("ivan", model, monkeypatch).missing == 0

    assert champion_of(model) == "1"


@pytest.fixture
def at_the_desk(monkeypatch):
    """Lets a person act through a desk that logs in to MLflow."""
    policy = read_policy()
    monkeypatch.setattr(actor, "read_policy", lambda: policy.model_copy(update={"desk_login": "desk-service"}))

    def sit_down(person: str) -> str:
        monkeypatch.setenv("ACTING_FOR", person)
        return "desk-service"

    return sit_down


def test_two_people_at_one_desk_are_two_people(model, monkeypatch, at_the_desk):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", at_the_desk("ana"))
    wait(model, "1")

    with pytest.raises(UserError, match="version 1 was promoted by ana"):
        approved_by(at_the_desk("ana"), model, monkeypatch)
    approved_by(at_the_desk("maria"), model, monkeypatch)

    approval, waiting = (each.record for each in filed(model))
    assert (waiting.who, approval.who) == ("ana, through desk-service", "maria, through desk-service")


def test_a_desk_is_no_second_identity(model, monkeypatch, at_the_desk):
    wait(model, "1", approvals=2)
    approved_by("maria", model, monkeypatch)

    for person in ("olga", "maria"):
        with pytest.raises(UserError, match=person):
            approved_by(at_the_desk(person), model, monkeypatch)

    assert champion_of(model) is None


def test_a_version_judged_by_another_policy_is_judged_again(model, monkeypatch):
    wait(model, "1")

    with pytest.raises(UserError, match=r"passed the gate in record 1, but policy\.yaml has changed since"):
        approved_by("maria", model, monkeypatch, policy="tomorrow")

    assert champion_of(model) is None


def test_a_version_that_another_champion_overtook_waits_no_longer(model, monkeypatch):
    crown(model, "1")
    wait(model, "2")
    crown(model, "3")

    assert alias_of(model, "pending") is None
    with pytest.raises(UserError, match=rf"expected one of {model} that waits for approval: none waits"):
        approved_by("maria", model, monkeypatch, "2")


def test_a_champion_that_was_set_by_hand_voids_the_gates_comparison(model, monkeypatch):
    crown(model, "1")
    wait(model, "2")
    MlflowClient().set_registered_model_alias(model, "champion", "3")

    with pytest.raises(UserError, match="but the champion is another since: promote it again"):
        approved_by("maria", model, monkeypatch)


def test_only_the_version_that_waits_can_be_approved(model, monkeypatch):
    wait(model, "1")

    with pytest.raises(UserError, match="that waits for approval: version 1 does"):
        approved_by("maria", model, monkeypatch, "2")


def test_a_candidate_that_was_compared_with_another_champion_does_not_wait(model):
    crown(model, "1")
    compared = find_champion(model)
    crown(model, "2")

    assert not await_approval(find_version(model, "3"), compared, promotion("3"), approvals=1)

    assert alias_of(model, "pending") is None


def test_a_version_that_fails_the_gate_while_it_waits_waits_no_longer(model, monkeypatch):
    crown(model, "1")
    wait(model, "2")
    enter(model, promotion("2"))  # judged again, and refused

    with pytest.raises(UserError, match="that waits for approval: none waits"):
        approved_by("maria", model, monkeypatch, "2")

    settle(model)
    assert (champion_of(model), alias_of(model, "pending")) == ("1", None)


def test_another_version_that_fails_the_gate_leaves_the_pending_one(model, monkeypatch):
    wait(model, "2")
    enter(model, promotion("3"))

    assert approved_by("maria", model, monkeypatch, "2").missing == 0


def test_of_two_who_approve_at_once_the_second_is_the_last(model, monkeypatch):
    wait(model, "1", approvals=2)
    order, real = [], approvals.approvers

    def maria_in_between(name, waiting):
        given = real(name, waiting)
        if not order:  # ivan has read who approved; maria starts before he has written
            order.append("ivan")
            other = threading.Thread(target=lambda: order.append(approve(name, "", "today", APPROVAL).missing))
            other.start()
            order.append(other)
            time.sleep(0.3)
        return given

    monkeypatch.setattr(approvals, "approvers", maria_in_between)
    names = iter(["ivan", "ivan", "maria", "maria"])
    monkeypatch.setattr(approvals, "acting", lambda: next(names))
    monkeypatch.setattr(records, "acting", lambda: next(names))

    first = approve(model, "", "today", APPROVAL).missing
    order[1].join()

    assert (first, order[2]) == (1, 0)
    assert champion_of(model) == "1"
