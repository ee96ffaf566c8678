"""What an action has come to, by its exit status and the record that it left."""

from datetime import timedelta

import pytest

from desk.models.verdict import verdict
from tests.unit.desk.models.models import FIRST, check, record


def found(kind, status, *records, since=FIRST):
    return verdict(kind, "2", status, since, records, "scoring")


@pytest.mark.parametrize(
    ("event", "outcome", "facts", "key"),
    [
        ("promotion", "champion", {"replaced": "1"}, "champion"),
        ("promotion", "champion", {}, "first"),
        ("promotion", "champion", {"replaced": "1", "forced": True}, "champion_forced"),
        ("promotion", "pending", {"approvals": 2}, "pending"),
        ("promotion", "pending", {"approvals": 2, "forced": True}, "pending_forced"),
        ("approval", "approved", {}, "approved"),
        ("approval", "champion", {"replaced": "1"}, "champion"),
        ("rollback", "champion", {"replaced": "3"}, "champion"),
    ],
)
def test_what_was_done_is_said_by_its_record(event, outcome, facts, key):
    kind = {"promotion": "promote", "approval": "approve", "rollback": "rollback"}[event]

    it = found(kind, 0, record(1, "2", event, outcome, **facts))

    assert (it.sentence.key, it.is_well, it.record) == (f"models.verdict.{key}", True, 1)


def test_a_version_that_did_not_pass_has_the_gates_table():
    it = found("promote", 1, record(1, "2", "promotion", "refused", checks=[check("ranking", False)]))

    assert (it.sentence.key, it.is_well) == ("models.verdict.refused", False)
    assert [row.name for row in it.checks] == ["ranking"]


@pytest.mark.parametrize(
    ("status", "key"), [(0, "nothing"), (1, "mistake"), (2, "mistake"), (143, "cut_off"), (247, "cut_off")]
)
def test_without_a_record_the_exit_status_tells(status, key):
    earlier = record(1, "2", "promotion", "champion")

    it = found("promote", status, earlier, since=FIRST + timedelta(seconds=1))

    assert (it.sentence.key, it.record) == (f"models.verdict.{key}", None)


def test_what_was_cut_off_after_its_record_names_the_record():
    it = found("promote", 143, record(1, "2", "promotion", "champion"))

    assert (it.sentence.key, it.is_well, it.record) == ("models.verdict.cut_off", False, 1)
