"""Finding decisions, erasing a client's fields, deleting old records."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, true

from custom_model.decision_log.reader import Records, not_in_shadow, of_model, window
from custom_model.decision_log.schema import decisions

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "S3CRET-8812"


@pytest.fixture
def records(url, log, record):
    """Ten decisions, one an hour from noon on, of three clients in turn."""
    log.submit(
        [
            record(
                decided_at=NOON + timedelta(hours=hour),
                client_id=str(hour % 3),
                fields=f'{{"NAME":"{SECRET}"}}',
                history_fields='{"BUREAU":1.5}',
                alternatives='[{"field":"AMT_CREDIT"}]',
            )
            for hour in range(10)
        ]
    ).result(30)
    records = Records.open(url)
    yield records
    records.close()


def test_a_decision_is_found_by_its_id_with_all_its_columns(records):
    listed = records.latest(true(), 1)[0]

    record = records.find(listed["decision_id"])

    assert record["decided_at"] == NOON + timedelta(hours=9)
    assert record["fields"] == {"NAME": SECRET}
    assert record["history_fields"] == {"BUREAU": 1.5}
    assert record.keys() == {column.name for column in decisions.c}
    assert records.find("none") is None


def test_a_clients_decisions_are_listed_newest_first(records):
    listed = records.latest(decisions.c.client_id == "1", 2)

    assert [row["decided_at"] - NOON for row in listed] == [timedelta(hours=7), timedelta(hours=4)]


def test_a_window_includes_its_start_and_excludes_its_end(records):
    where = window(NOON + timedelta(hours=2), NOON + timedelta(hours=5))

    (rows,) = records.oldest_first(where)

    assert [(row["decided_at"] - NOON) // timedelta(hours=1) for row in rows] == [2, 3, 4]
    assert records.count(where) == 3
    assert [records.count(where, most) for most in (2, 3, 4)] == [2, 3, 3]
    assert records.count(window()) == 10


def test_a_window_may_be_in_another_time_zone(records):
    athens = timezone(timedelta(hours=2))

    assert records.count(window(since=datetime(2026, 3, 1, 16, tzinfo=athens))) == 8  # two hours after noon in UTC


def test_erasing_a_client_removes_the_fields_and_leaves_the_decision_and_its_numbers(records):
    before = records.latest(decisions.c.client_id == "0", 10)

    assert records.erase("0") == 4  # at noon, 15, 18 and 21 hours

    for row in before:
        record = records.find(row["decision_id"])
        assert record["fields"] is None
        assert record["history_fields"] is None
        assert (row["alternatives"], record["alternatives"]) == ([{"field": "AMT_CREDIT"}], None)
        assert record["erased_at"] > NOON
        unchanged = row.keys() - {"erased_at", "alternatives"}
        assert {name: record[name] for name in unchanged} == {name: row[name] for name in unchanged}
    assert records.erase("0") == 0
    assert records.find(records.latest(decisions.c.client_id == "1", 1)[0]["decision_id"])["fields"] is not None


def test_pages_are_of_one_model_from_a_time_on_in_order_and_each_decision_is_in_one(records, log, record):
    log.submit([record(model_name="another", decided_at=NOON + timedelta(hours=5))]).result(30)

    pages = [*records.pages(["decided_at"], of_model("credit-scoring"), 3, NOON + timedelta(hours=2))]

    assert [len(page) for page in pages] == [3, 3, 2]
    hours = [(time - NOON) // timedelta(hours=1) for page in pages for (time,) in page]
    assert hours == [2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("beside", [true(), not_in_shadow("challenger/2 at 10:1")], ids=["all", "a shadow's"])
def test_a_page_is_read_from_the_end_of_the_one_before_and_no_decision_of_earlier_pages(records, beside):
    """Else a million decisions, in pages of 250, would be read 4,000 times."""
    statements = []

    def keep(connection, cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            statements.append((str(plan), parameters))

    event.listen(records._reading, "before_cursor_execute", keep)
    pages = [*records.pages(["fields"], of_model("credit-scoring") & beside, 4, NOON)]
    event.remove(records._reading, "before_cursor_execute", keep)

    assert [len(page) for page in pages] == [4, 4, 2]
    for plan, _ in statements:
        assert "SEARCH decisions USING INDEX decisions_in_window (decided_at>" in plan
    since = f"{NOON:%Y-%m-%d %H:%M:%S}"
    assert [any(str(each).startswith(since) for each in parameters) for _, parameters in statements] == [
        True, False, False,
    ]  # fmt: skip


def test_old_decisions_are_deleted_and_the_others_stay(records):
    assert sum(records.delete_before(NOON + timedelta(hours=4))) == 4

    assert records.count(window()) == 6
    assert records.count(window(until=NOON + timedelta(hours=4))) == 0


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_erased_fields_are_gone_from_sqlites_files(records, tmp_path):
    assert any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())

    for client in "012":
        records.erase(client)

    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.iterdir())
