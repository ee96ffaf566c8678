"""Looks: who saw which client's data, newest first, deleted at the age of the decisions."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from custom_model.decision_log import looks
from custom_model.decision_log import reader as reading
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import looks as table

NOW = datetime.now(UTC)


@pytest.fixture
def records(url, log, record) -> Records:
    log.submit([record(decision_id=each) for each in ("one", "two")]).result(30)
    records = Records.open(url)
    yield records
    records.close()


def ages(url) -> list[int]:
    """The ages in days of the looks on record."""
    with create_engine(url).connect() as connection:
        return sorted(
            round((NOW - each).days) for each in connection.scalars(table.select().with_only_columns(table.c.looked_at))
        )


def backdate(url, look_id: str, days: int) -> None:
    with create_engine(url).begin() as connection:
        aged = table.update().where(table.c.look_id == look_id).values(looked_at=NOW - timedelta(days=days, minutes=1))
        connection.execute(aged)


def test_a_look_has_who_when_what_and_whose(records):
    records.add_look("ana", "clerk", "letter", "one", "100002")

    (look,) = records.looks_at_decision("one", 9)

    assert {name: look[name] for name in ("person", "role", "what", "decision_id", "client_id")} == {
        "person": "ana",
        "role": "clerk",
        "what": "letter",
        "decision_id": "one",
        "client_id": "100002",
    }
    assert NOW - timedelta(seconds=1) <= look["looked_at"] <= datetime.now(UTC)


def test_looks_are_found_by_decision_and_by_client_the_newest_first(records):
    for person, decision_id, client_id in (
        ("ana", "one", "7"),
        ("ben", "two", "7"),
        ("eva", "one", "7"),
        ("ida", None, "8"),
    ):
        records.add_look(person, "officer", "decision" if decision_id else "client", decision_id, client_id)

    assert [look["person"] for look in records.looks_at_decision("one", 9)] == ["eva", "ana"]
    assert [look["person"] for look in records.looks_at_client("7", 2)] == ["eva", "ben"]
    assert [look["person"] for look in records.looks_at_client("8", 9)] == ["ida"]
    assert records.looks_at_decision("none", 9) == []


def test_looks_are_deleted_with_the_decisions_of_their_age(records, url, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 2)  # several transactions
    for days in (400, 300, 250, 200, 10):
        backdate(url, records.add_look("ana", "clerk", "decision", "one", "7")["look_id"], days)

    list(records.delete_before(NOW - timedelta(days=184)))

    assert ages(url) == [10]
    assert records.find("one") is not None


def test_a_deletion_takes_no_more_looks_than_it_may(records, url):
    for days in (3, 2, 1):
        backdate(url, records.add_look("ana", "clerk", "decision", "one", "7")["look_id"], days)

    with create_engine(url).begin() as connection:
        deleted = [looks.delete_before(connection, NOW, limit=2) for _ in range(3)]

    assert deleted == [2, 1, 0]
    assert ages(url) == []


def test_a_look_stays_on_record_when_the_client_is_erased(records):
    records.add_look("ana", "clerk", "decision", "one", "100002")

    records.erase("100002")

    assert [look["person"] for look in records.looks_at_client("100002", 9)] == ["ana"]


@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_desks_role_looks_contests_and_answers_and_changes_nothing(records, url):
    role = f"desk_{url.database}"
    with create_engine(url).begin() as connection:
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT SELECT ON decisions, contracts, contests, overrides, looks, decision_log_version TO {role}",
            f"GRANT INSERT ON contests, overrides, looks TO {role}",
        ):
            connection.execute(text(statement))

    own = Records.open(url.set(username=role))
    own.add_look("ana", "clerk", "decision", "one", "100002")
    own.contest("one", "mine", "ana")
    own.override("one", "granted", "so", None, "eva")
    own.close()

    assert [look["person"] for look in records.looks_at_decision("one", 9)] == ["ana"]
    with create_engine(url.set(username=role)).connect() as connection:
        for statement in ("DELETE FROM looks", "UPDATE looks SET person = ''", "DELETE FROM decisions"):
            with pytest.raises(Exception, match="permission denied"), connection.begin():
                connection.execute(text(statement))
