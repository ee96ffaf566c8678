"""Publication of a history set: whole or not at all."""

import hashlib
import struct

import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from custom_model.history.store import HistoryStore
from custom_model.history.tables import HISTORY, POINTER, SETS
from steps.run.console import UserError
from steps.stores import publication
from steps.stores.publication import publish_set
from tests.published import batch, constant_batch, publish_columns


@pytest.fixture
def uri(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr(publication, "INSERT_ROWS", 7)
    monkeypatch.setattr(publication, "DELETE_ROWS", 11)
    return f"sqlite:///{tmp_path / 'new' / 'history.db'}"


def rows(uri: str) -> dict[int, int]:
    """The number of clients in the table by version."""
    with create_engine(uri).connect() as connection:
        return dict(connection.execute(select(HISTORY.c.version, func.count()).group_by(HISTORY.c.version)).all())


def test_a_set_takes_the_place_of_the_one_before_whose_rows_go(uri):
    first = publish_set(make_url(uri), ("A", "B"), [constant_batch(1, 50, 2)])
    second = publish_set(make_url(uri), ("A", "B"), [constant_batch(2, 30, 2), batch([91, 92], [2, 2], [2, 2])])

    assert (first.version, first.clients) == (1, 50)
    assert (second.version, second.clients) == (2, 32)
    assert rows(uri) == {2: 32}
    assert HistoryStore(uri).published_version() == "2"


def test_every_set_stays_on_record_with_its_columns_and_digest(uri):
    published_sets = [
        publish_set(make_url(uri), columns, [constant_batch(1, 3, 2)]) for columns in (("A", "B"), ("B", "A"))
    ]

    with create_engine(uri).connect() as connection:
        records = connection.execute(select(SETS).order_by(SETS.c.version)).mappings().all()
    assert [(row["version"], row["clients"], row["digest"]) for row in records] == [
        (each.version, each.clients, each.digest) for each in published_sets
    ]
    assert [row["columns"] for row in records] == [["A", "B"], ["B", "A"]]
    assert all(row["begun_at"] <= row["published_at"] for row in records)


def test_the_digest_is_of_columns_clients_and_values(uri):
    done = publish_columns(uri, {"A": [0.5, None]}, ["x", "yy"])

    # The columns as JSON, then for each client the id, a zero byte and the value in eight bytes.
    content = b'["A"]' + b"x\0" + struct.pack("<d", 0.5) + b"yy\0" + struct.pack("<d", float("nan"))
    assert done.digest == hashlib.sha256(content).hexdigest()


def test_a_set_has_the_same_digest_in_any_batches(uri):
    whole = publish_set(make_url(uri), ("A",), [constant_batch(1, 20, 1)])
    in_parts = publish_set(
        make_url(uri), ("A",), [constant_batch(1, 20, 1).slice(0, 9), constant_batch(1, 20, 1).slice(9)]
    )

    assert whole.digest == in_parts.digest


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (batch([1, 1], [0, 0]), "expected one row a client, got a client more than once"),
        (batch([1, None], [0, 0]), "id identifies the client: missing in 1 of 2 rows"),
        (batch([1, 2], [0, float("inf")]), "A: expected finite numbers"),
    ],
)
def test_a_set_with_a_fault_is_not_shown_and_leaves_no_rows(uri, faulty, message):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])

    with pytest.raises(UserError, match=message):
        publish_set(make_url(uri), ("A",), [constant_batch(2, 20, 1).slice(10), faulty])

    assert rows(uri) == {1: 5}
    assert HistoryStore(uri).published_version() == "1"


def test_rows_that_cannot_be_removed_are_reported_and_removed_by_the_next_publication(uri, capsys):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])
    with create_engine(uri).begin() as connection:
        connection.execute(
            text("CREATE TRIGGER locked BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'deletion denied'); END")
        )

    publish_set(make_url(uri), ("A",), [constant_batch(2, 6, 1)])

    assert rows(uri) == {1: 5, 2: 6}
    warning = capsys.readouterr().err
    assert "still has clients' rows of a set that no server reads (deletion denied)" in warning
    assert "the next publication removes them" in warning

    with create_engine(uri).begin() as connection:
        connection.execute(text("DROP TRIGGER locked"))
    publish_set(make_url(uri), ("A",), [constant_batch(3, 7, 1)])

    assert rows(uri) == {3: 7}
    assert capsys.readouterr().err == ""


def test_a_source_that_breaks_off_changes_nothing(uri):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])

    def breaking_off():
        yield constant_batch(2, 20, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_set(make_url(uri), ("A",), breaking_off())

    assert rows(uri) == {1: 5}


def test_a_set_without_clients_does_not_take_the_place_of_one_with(uri):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])

    with pytest.raises(UserError, match="the data has no client to publish"):
        publish_set(make_url(uri), ("A",), [])

    assert rows(uri) == {1: 5}


def test_of_two_at_once_the_one_begun_last_is_shown_and_the_other_is_told(uri):
    def with_another_publication():
        yield constant_batch(1, 20, 1)
        publish_set(make_url(uri), ("A",), [constant_batch(2, 30, 1)])
        yield constant_batch(1, 90, 1).slice(20)

    with pytest.raises(UserError, match=r"another publication began after this one and takes its place.*run this"):
        publish_set(make_url(uri), ("A",), with_another_publication())

    assert rows(uri) == {2: 30}
    assert HistoryStore(uri).published_version() == "2"


def test_what_a_publication_that_was_killed_has_left_goes_before_the_next_writes(uri):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])
    with create_engine(uri).begin() as connection:  # the state after a process is killed with 40 rows written
        connection.execute(POINTER.update().values(begun=2))
        left = [{"version": 2, "client_id": str(client), "features": b""} for client in range(40)]
        connection.execute(HISTORY.insert(), left)
    rows_before = []

    def batches():
        rows_before.append(rows(uri))
        yield constant_batch(3, 6, 1)

    publish_set(make_url(uri), ("A",), batches())

    assert rows_before == [{1: 5}]
    assert rows(uri) == {3: 6}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match=r"folder .*/file/data cannot be created: Not a directory"):
        publish_set(make_url(f"sqlite:///{tmp_path}/file/data/history.db"), ("A",), [])


def test_a_conflict_in_the_record_of_sets_is_not_taken_for_a_duplicate_client(uri):
    publish_set(make_url(uri), ("A",), [constant_batch(1, 5, 1)])
    with create_engine(uri).begin() as connection:  # a store restored from a backup without its pointer
        connection.execute(POINTER.update().values(begun=0))

    with pytest.raises(UserError, match="cannot be written: UNIQUE constraint failed"):
        publish_set(make_url(uri), ("A",), [constant_batch(2, 5, 1)])


def test_a_store_that_cannot_be_written_is_named_without_its_password():
    with pytest.raises(UserError, match=r"postgresql://nobody:\*\*\*@127.0.0.1:1/nothing cannot be written") as error:
        publish_set(make_url("postgresql://nobody:SECRET@127.0.0.1:1/nothing"), ("A",), [])

    assert "SECRET" not in str(error.value)
