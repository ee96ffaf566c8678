"""Applications completed from a published set."""

import logging
import sys
import time

import numpy as np
import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.errors import Unavailable
from custom_model.history.store import HistoryStore
from tests.published import publish_columns

CONTRACT = Contract(id="ID", numeric=("INCOME", "LOANS", "DEBT"), categories={}, history=("DEBT", "LOANS"))
INCOME, LOANS, DEBT = range(3)
NAN = float("nan")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def uri(request, tmp_path) -> str:
    """A store without tables, on SQLite and on PostgreSQL."""
    return f"sqlite:///{tmp_path / 'history.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")


def applications(*rows: tuple) -> Applications:
    """Applications as (id, income, loans, debt)."""
    return Applications([row[0] for row in rows], np.array([row[1:] for row in rows], float).reshape(-1, 3), {})


def test_a_client_who_is_named_and_brought_no_history_gets_the_published_one(uri):
    publish_columns(uri, {"LOANS": [2, 5], "DEBT": [30.5, None]}, [7, 8])

    completed = HistoryStore(uri).complete(CONTRACT, applications((8, 100, NAN, NAN), (7, 200, NAN, NAN)))

    np.testing.assert_array_equal(completed.values, [[100, 5, NAN], [200, 2, 30.5]])
    assert completed.sources == ["store", "store"]
    assert completed.version == "1"


def test_history_of_the_request_is_kept_and_who_is_unknown_or_unnamed_stays_without(uri):
    publish_columns(uri, {"LOANS": [2, 5], "DEBT": [30.5, 1]}, [7, 8])
    rows = applications((7, 1, 9, NAN), (99, 2, NAN, NAN), (None, 3, NAN, NAN), (8, 4, NAN, NAN), (8, 5, NAN, 0))

    completed = HistoryStore(uri).complete(CONTRACT, rows)

    assert completed.sources == ["request", "none", "none", "store", "request"]
    np.testing.assert_array_equal(completed.values, [[1, 9, NAN], [2, NAN, NAN], [3, NAN, NAN], [4, 5, 1], [5, NAN, 0]])


def test_a_client_who_is_known_to_have_no_past_loans_is_one_from_the_store(uri):
    publish_columns(uri, {"LOANS": [None], "DEBT": [None]}, [7])

    completed = HistoryStore(uri).complete(CONTRACT, applications((7, 1, NAN, NAN)))

    assert (completed.sources, completed.version) == (["store"], "1")


def test_nothing_taken_names_no_version(uri):
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])

    completed = HistoryStore(uri).complete(CONTRACT, applications((99, 1, NAN, NAN)))

    assert (completed.sources, completed.version) == (["none"], None)


def test_the_judged_applications_are_left_as_they_were(uri):
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])
    rows = applications((7, 1, NAN, NAN))

    HistoryStore(uri).complete(CONTRACT, rows)

    np.testing.assert_array_equal(rows.values, [[1, NAN, NAN]])


def test_a_client_who_is_there_twice_is_completed_twice(uri):
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])

    completed = HistoryStore(uri).complete(CONTRACT, applications((7, 1, NAN, NAN), (7, 4, NAN, NAN)))

    np.testing.assert_array_equal(completed.values, [[1, 2, 3], [4, 2, 3]])


@pytest.mark.parametrize("value", [-0.0, 5e-324, sys.float_info.max, 1 / 3, -365243.0])
def test_values_come_back_bit_for_bit(uri, value):
    publish_columns(uri, {"LOANS": [value], "DEBT": [1]}, [7])

    completed = HistoryStore(uri).complete(CONTRACT, applications((7, 1, NAN, NAN)))

    assert completed.values[0, LOANS].tobytes() == np.float64(value).tobytes()


def test_ids_of_text_are_known_as_they_are(uri):
    publish_columns(uri, {"LOANS": [2, 3, 4], "DEBT": [0, 0, 0]}, ["007", "7", "Zoë '; --"])

    completed = HistoryStore(uri).complete(
        CONTRACT, applications(("7", 1, NAN, NAN), ("Zoë '; --", 1, NAN, NAN), ("007", 1, NAN, NAN))
    )

    assert completed.values[:, LOANS].tolist() == [3, 4, 2]


def test_columns_that_the_contract_lacks_are_left_aside_and_those_the_set_lacks_stay_missing_and_are_said(uri, caplog):
    publish_columns(uri, {"OVERDUE": [1], "LOANS": [2]}, [7])
    store = HistoryStore(uri)

    with caplog.at_level(logging.WARNING):
        completed = [store.complete(CONTRACT, applications((7, 1, NAN, NAN))) for _ in range(2)]

    np.testing.assert_array_equal(completed[1].values, [[1, 2, NAN]])
    assert [record.getMessage() for record in caplog.records] == ["history set 1 lacks 1 of the contract's 2 fields"]


def test_a_set_of_other_columns_completes_nobody(uri):
    publish_columns(uri, {"OVERDUE": [1]}, [7])

    assert HistoryStore(uri).complete(CONTRACT, applications((7, 1, NAN, NAN))).sources == ["none"]


def test_a_new_set_is_read_as_soon_as_it_is_published_even_with_its_columns_in_another_order(uri):
    store = HistoryStore(uri)
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])
    first = store.complete(CONTRACT, applications((7, 1, NAN, NAN)))

    publish_columns(uri, {"DEBT": [30], "LOANS": [20]}, [7])
    second = store.complete(CONTRACT, applications((7, 1, NAN, NAN)))

    assert (first.version, first.values.tolist()) == ("1", [[1, 2, 3]])
    assert (second.version, second.values.tolist()) == ("2", [[1, 20, 30]])


def test_one_read_serves_all_the_clients_of_a_request_however_many(uri):
    count = 70_000  # PostgreSQL takes 65,535 parameters a statement, SQLite 32,766
    publish_columns(uri, {"LOANS": [2, 3], "DEBT": [3, 4]}, [1, count])
    store = HistoryStore(uri)
    store.complete(CONTRACT, applications((1, 1, NAN, NAN)))  # caches the set's columns
    statements = []
    event.listen(store._sets._engine, "before_cursor_execute", lambda *details: statements.append(details[2]))

    completed = store.complete(CONTRACT, applications(*((client, 1, NAN, NAN) for client in range(1, count + 1))))

    assert len(statements) == 1
    assert completed.values[[0, -1], LOANS].tolist() == [2, 3]
    assert completed.sources.count("store") == 2


def test_a_request_that_needs_nothing_does_not_touch_the_store():
    nowhere = HistoryStore("postgresql://nobody@127.0.0.1:1/nothing")

    completed = nowhere.complete(CONTRACT, applications((7, 1, 2, NAN), (None, 1, NAN, NAN)))

    assert completed.sources == ["request", "none"]


def test_a_store_without_a_published_set_withholds_the_decision_until_there_is_one(uri):
    store = HistoryStore(uri, retry_after=0.0)
    with pytest.raises(Unavailable):
        store.complete(CONTRACT, applications((7, 1, NAN, NAN)))
    with pytest.raises(Unavailable):
        store.published_version()

    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])

    assert store.published_version() == "1"
    assert store.complete(CONTRACT, applications((7, 1, NAN, NAN))).sources == ["store"]


def test_a_store_that_is_down_means_no_history_where_the_operator_says_so():
    store = HistoryStore("postgresql://nobody@127.0.0.1:1/nothing", down="none")

    completed = store.complete(CONTRACT, applications((7, 1, NAN, NAN)))

    assert (completed.sources, completed.version) == (["none"], None)


def test_a_store_that_failed_is_left_alone_for_a_while_and_then_asked_again(tmp_path, monkeypatch):
    uri = f"sqlite:///{tmp_path / 'history.db'}"
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    store = HistoryStore(uri, retry_after=5.0)
    with pytest.raises(Unavailable):
        store.published_version()
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])

    now[0] += 0.9 * 5.0
    with pytest.raises(Unavailable):
        store.published_version()
    now[0] += 0.2 * 5.0

    assert store.published_version() == "1"


def test_the_store_is_opened_to_read_only(uri):
    publish_columns(uri, {"LOANS": [2], "DEBT": [3]}, [7])

    with HistoryStore(uri)._sets._engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.execute(text("DELETE FROM history"))


@pytest.mark.parametrize("way", ["rename", "remove", "link"])
def test_a_file_that_is_replaced_under_a_reader_is_read_from_then_on(tmp_path, way):
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    for file, loans in ((first, 2), (second, 5)):
        publish_columns(f"sqlite:///{file}", {"LOANS": [loans], "DEBT": [0]}, [7])
    link = tmp_path / "history.db"
    link.symlink_to(first)
    name = link if way == "link" else first
    store = HistoryStore(f"sqlite:///{name}", retry_after=0)

    def loans() -> float:
        return store.complete(CONTRACT, applications((7, 1, NAN, NAN))).values[0, LOANS]

    assert loans() == 2
    name.unlink()
    if way == "remove":
        with pytest.raises(Unavailable):
            loans()
    if way == "link":
        link.symlink_to(second)
    else:
        second.rename(name)

    assert loans() == 5


def test_a_reader_makes_no_file_where_there_is_none(tmp_path):
    with pytest.raises(Unavailable):
        HistoryStore(f"sqlite:///{tmp_path / 'history.db'}").published_version()

    assert list(tmp_path.iterdir()) == []


def test_the_log_of_a_failure_has_no_password_and_no_client(caplog):
    store = HistoryStore("postgresql://nobody:SECRET@127.0.0.1:1/nothing?sslpassword=SECRET")

    with pytest.raises(Unavailable) as error:
        store.complete(CONTRACT, applications(("client-4711", 1, NAN, NAN)))

    assert "history store postgresql://nobody:***@127.0.0.1:1/nothing" in caplog.text
    assert "SECRET" not in caplog.text + str(error.value)
    assert "4711" not in caplog.text + str(error.value)


@pytest.mark.slow
def test_connections_that_the_database_has_closed_are_opened_again_unnoticed(postgres):
    publish_columns(postgres, {"LOANS": [2], "DEBT": [3]}, [7])
    store = HistoryStore(postgres)
    store.published_version()

    with psycopg.connect(postgres) as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != "
        assert connection.execute(f"{others} pg_backend_pid()").fetchall() == [(True,)]

    assert store.complete(CONTRACT, applications((7, 1, NAN, NAN))).sources == ["store"]


@pytest.mark.slow
def test_what_the_url_says_to_postgresql_is_kept(postgres):
    store = HistoryStore(f"{postgres}?options=-c%20search_path%3Dlender&connect_timeout=7")

    with store._sets._engine.connect() as connection:
        assert connection.execute(text("SHOW search_path")).scalar() == "lender"
        assert connection.execute(text("SHOW default_transaction_read_only")).scalar() == "on"


def test_another_database_is_refused():
    with pytest.raises(ValueError, match="expected a history store in SQLite or PostgreSQL, got mysql"):
        HistoryStore("mysql://host/name")
