"""What can be done with a version, what will happen, and the command that does it."""

import sys

import pytest

from custom_model.server.__main__ import FOLLOW
from desk.models.orders import FOLLOWED, Kind, command, confirmation, kinds_of, usable
from tests.unit.desk.models.models import model, record

WAITING = record(3, "3", "promotion", "pending", who="ana, through desk", approvals=2)
GOVERNED = model(
    record(1, "1", "promotion", "champion"),
    record(2, "2", "promotion", "champion", replaced="1"),
    WAITING,
    versions=4,
    champion="2",
    previous="1",
    waiting=WAITING,
    approved_by=["olga"],
)


def keys(found) -> list[str]:
    return [each.key.removeprefix("models.happens.") for each in found.happens]


def test_what_can_be_done_follows_from_where_a_version_stands():
    assert kinds_of(GOVERNED, "1") == [Kind.promote, Kind.rollback]
    assert kinds_of(GOVERNED, "2") == []
    assert kinds_of(GOVERNED, "3") == [Kind.approve]
    assert kinds_of(GOVERNED, "4") == [Kind.promote]


def test_the_last_approval_replaces_the_champion_and_an_earlier_one_does_not():
    last = confirmation(Kind.approve, GOVERNED, "3", "eva", 2, {})
    first = confirmation(Kind.approve, model(WAITING, champion="2", waiting=WAITING), "3", "eva", 2, {})

    assert keys(last) == ["last_approval", "replaces"]
    assert last.happens[1].values == {"version": "3", "champion": "2", "seconds": 10}
    assert keys(first) == ["more_approvals"]
    assert first.happens[0].values["missing"] == 1


def test_a_promotion_under_a_policy_with_approvals_replaces_nobody_yet():
    assert keys(confirmation(Kind.promote, GOVERNED, "4", "ana", 1, {"data": "sample"})) == ["judged_on", "waits"]
    assert keys(confirmation(Kind.promote, GOVERNED, "4", "ana", 0, {})) == ["judged", "if_passed", "replaces"]
    assert keys(confirmation(Kind.promote, model(), "1", "ana", 0, {}))[-1] == "first"


@pytest.mark.parametrize(
    ("person", "barred"), [("ana", "models.barred.promoted"), ("olga", "models.barred.approved"), ("eva", None)]
)
def test_who_promoted_or_approved_it_may_not_approve_it(person, barred):
    found = confirmation(Kind.approve, GOVERNED, "3", person, 2, {}).barred

    assert (found and found.key) == barred


def test_the_page_asks_for_data_only_where_the_versions_own_is_not_there(tmp_path):
    table = tmp_path / "features.parquet"
    table.touch()

    assert usable({"data": str(table), "target": "y"}) == {"data": str(table), "target": "y"}
    assert usable({"data": "sample"}) == {"data": "sample"}
    assert usable({"data": str(tmp_path / "gone")}) == usable({}) == {}
    assert confirmation(Kind.promote, GOVERNED, "4", "ana", 0, {}).asks_data
    assert not confirmation(Kind.promote, GOVERNED, "4", "ana", 0, {"data": "sample"}).asks_data


@pytest.mark.parametrize("text", ["--stage=Staging", "-h", "$(reboot)", "a; b", "'", "%0a"])
def test_what_a_person_writes_is_the_value_of_its_own_option_whatever_it_is(text):
    (*_, reason) = command(Kind.rollback, "scoring", "1", text, {})

    assert reason == f"--reason={text}"


def test_the_commands_are_the_projects_own():
    python = [sys.executable, "-m"]
    named = ["--model-name=scoring", "--version=3"]

    assert command(Kind.approve, "scoring", "3", "", {}) == [*python, "steps.approve", *named]
    assert command(Kind.promote, "scoring", "3", "urgent", {"data": "sample"}) == [
        *(*python, "steps.promote", *named),
        *("--data=sample", "--force=urgent"),
    ]
    assert command(Kind.promote, "scoring", "3", "urgent", {"data": "sample"}, judge_only=True) == [
        *(*python, "steps.promote", *named),
        *("--data=sample", "--dry-run=true"),
    ]


def test_the_seconds_that_a_page_names_are_those_of_the_server():
    assert FOLLOWED == FOLLOW
