"""Where versions stand."""

from dataclasses import replace

from desk.models.standing import Standing
from steps.ledger.records import Filed
from tests.unit.desk.models.models import check, model, record


def test_each_version_stands_once_and_the_alias_of_the_champion_comes_first():
    waiting = record(3, "3", "promotion", "pending", approvals=1)
    found = model(
        record(1, "1", "promotion", "champion"),
        record(2, "2", "promotion", "champion", replaced="1"),
        waiting,
        versions=4,
        champion="2",
        previous="1",
        waiting=waiting,
    )

    assert [found.standing(number) for number in ("1", "2", "3", "4")] == [
        Standing.previous,
        Standing.champion,
        Standing.pending,
        Standing.candidate,
    ]
    assert found.decided == ["1"]


def test_a_former_champion_is_no_candidate():
    moves = [record(number, str(number), "promotion", "champion") for number in (1, 2, 3)]

    found = model(*moves, champion="3", previous="2")

    assert found.standing("1") is Standing.former


def test_the_last_attempt_is_the_newest_with_checks():
    first = record(1, "2", "promotion", "refused", checks=[check("ranking", False)])
    second = record(2, "2", "promotion", "refused", checks=[check("ranking", True)])

    found = model(first, second, record(3, "2", "approval", "champion"))

    assert found.last_attempt("2") == second
    assert found.last_attempt("1") is None


def test_a_record_that_was_changed_hides_no_other():
    found = model(record(1, "1", "promotion", "champion"), champion="1")

    broken = replace(found, records=[Filed(2, "changed", True), *found.records])

    assert broken.move == found.move
