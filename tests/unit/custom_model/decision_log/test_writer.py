"""Writing decisions: durable before they are returned, in groups, never partly or twice."""

import logging
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import IntegrityError

from custom_model.databases import dialect_of
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.migration import VERSION_TABLE
from custom_model.decision_log.schema import decisions, metadata
from custom_model.errors import Unavailable

PATIENT = 30.0  # seconds; only a failing test waits that long


def ids(url: URL) -> list[str]:
    """The decisions that another connection sees."""
    with create_engine(url).connect() as connection:
        return list(connection.scalars(text("SELECT decision_id FROM decisions ORDER BY decision_id")))


@contextmanager
def locked(url: URL) -> Iterator[None]:
    """Lock the log for all other writers."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if url.get_backend_name() == "sqlite":
            connection.connection.driver_connection.isolation_level = None
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE")
        yield
        connection.connection.driver_connection.rollback()


@contextmanager
def busy(log: DecisionLog, record: Callable) -> Iterator[None]:
    """The log's thread is blocked on one record: later ones wait."""
    log.submit([record()]).result(PATIENT)
    with locked(log.url):
        blocked = log.submit([record()])
        while not blocked.running():
            pass
        yield


def test_records_are_visible_to_others_when_their_future_is_done(log, url, record):
    records = [record(), record()]

    log.submit(records).result(PATIENT)

    assert ids(url) == sorted(each["decision_id"] for each in records)


@pytest.fixture
def transactions(url, monkeypatch) -> list[int]:
    """The number of rows of each append, which is one transaction, in the order in which they begin."""
    dialect, begun = type(dialect_of(url)), []
    append = dialect.append

    def begin(self, engine, table, rows):
        begun.append(len(rows))
        append(self, engine, table, rows)

    monkeypatch.setattr(dialect, "append", begin)
    return begun


def test_requests_that_arrive_during_a_write_share_the_next_transaction(log, url, record, transactions):
    with busy(log, record):
        futures = [log.submit([record()]) for _ in range(20)]

    for future in futures:
        future.result(PATIENT)

    assert transactions == [1, 1, 20]  # the first, the blocked one, and one for all twenty
    assert len(ids(url)) == 22


def test_records_on_hold_share_one_transaction_after_send(log, url, record, transactions):
    log.submit([]).result(PATIENT)
    futures = [log.submit([record()], hold=True) for _ in range(3)]
    assert not any(future.running() or future.done() for future in futures)

    log.send()
    for future in futures:
        future.result(PATIENT)

    assert transactions == [3]
    assert len(ids(url)) == 3


@pytest.mark.parametrize("count", [2, 32, 33])
def test_records_of_one_transaction_are_on_record_all_or_none(log, url, record, count):
    log.submit([]).result(PATIENT)
    taken, dialect = record(), dialect_of(url)
    rows = [record() for _ in range(count - 1)]

    dialect.append(log._engine, decisions, [taken])
    with pytest.raises(IntegrityError):
        dialect.append(log._engine, decisions, [*rows, taken])
    assert ids(url) == [taken["decision_id"]]
    dialect.append(log._engine, decisions, rows)

    assert ids(url) == sorted(each["decision_id"] for each in [taken, *rows])


def test_records_on_hold_are_written_when_they_fill_the_queue(log, record):
    log.submit([]).result(PATIENT)
    log.queue = 2

    futures = [log.submit([record()], hold=True) for _ in range(2)]

    for future in futures:
        future.result(PATIENT)


def test_an_empty_list_probes_whether_the_log_is_writable(log, url):
    log.submit([]).result(PATIENT)

    assert ids(url) == []


def test_a_full_queue_refuses_at_once(log, record):
    log.queue = 3
    with busy(log, record):
        for _ in range(3):
            log.submit([record()])

        with pytest.raises(Unavailable, match="too many records are waiting"):
            log.submit([record()])


def test_a_request_larger_than_the_queue_is_written_if_nothing_else_waits(log, url, record):
    log.queue = 3

    log.submit([record() for _ in range(10)]).result(PATIENT)

    assert len(ids(url)) == 10


def test_a_record_cancelled_while_it_waits_is_never_written(log, url, record):
    cancelled, other = record(), record()
    with busy(log, record):
        assert log.submit([cancelled]).cancel()
        durable = log.submit([other])

    durable.result(PATIENT)

    assert cancelled["decision_id"] not in ids(url)
    assert other["decision_id"] in ids(url)


def test_an_invalid_record_fails_alone(log, url, record):
    good = [record(), record()]
    with busy(log, record):
        first, bad, second = (log.submit([each]) for each in (good[0], record(decision=None), good[1]))

    first.result(PATIENT)
    second.result(PATIENT)
    with pytest.raises(IntegrityError):
        bad.result(PATIENT)
    assert {each["decision_id"] for each in good} <= set(ids(url))


def test_closing_writes_the_waiting_records_and_the_next_record_reopens_the_log(log, url, record):
    with busy(log, record):
        futures = [log.submit([record()]) for _ in range(5)]
    log.close()

    assert all(future.done() for future in futures)
    log.submit([record()]).result(PATIENT)
    assert len(ids(url)) == 8


def test_every_record_submitted_while_the_log_closes_is_written_and_its_future_completes(log, url, record, monkeypatch):
    """Each thread waits for its own record, as a request does; closing the connection takes its time."""
    dispose = log._engine.dispose
    monkeypatch.setattr(log._engine, "dispose", lambda: (time.sleep(0.01), dispose()))
    submitters, submissions = 8, 25
    written = []

    def submit() -> None:
        for _ in range(submissions):
            log.submit([record()]).result(PATIENT)
            written.append(1)

    threads = [threading.Thread(target=submit, daemon=True) for _ in range(submitters)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.close()

    assert len(written) == len(ids(url)) == submitters * submissions


def test_a_record_submitted_while_the_last_ones_are_written_is_not_left_behind(log, url, record):
    """The moment that lost records: the closing thread has taken its last entries and has not ended."""
    with busy(log, record):
        waiting = log.submit([record()])
        closing = threading.Thread(target=log.close)
        closing.start()
        while not log._closing:
            pass
        late = log.submit([record()])

    closing.join(PATIENT)
    after = log.submit([record()])

    for future in (waiting, late, after):
        future.result(PATIENT)
    assert len(ids(url)) == 5


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_closing_a_log_that_cannot_be_written_ends_in_time(url, record):
    log = DecisionLog(url, wait=0.1)
    log.submit([record()]).result(PATIENT)
    with locked(url):
        blocked = log.submit([record()])
        log.close()
        with pytest.raises(Unavailable):
            blocked.result(PATIENT)


def test_closing_without_a_record_and_twice_does_nothing(url):
    log = DecisionLog(url)
    threads = set(threading.enumerate())

    log.close()
    log.close()

    assert set(threading.enumerate()) <= threads
    assert inspect(create_engine(url)).get_table_names() == []


def test_a_log_that_cannot_be_reached_withholds_and_recovers_by_itself(tmp_path, record, caplog):
    folder = tmp_path / "later"
    url = make_url(f"sqlite:///{folder / 'log.db'}")
    log = DecisionLog(url)

    for _ in range(2):
        with pytest.raises(Unavailable, match="the decision log cannot be written"):
            log.submit([record(client_id="S3CRET")]).result(PATIENT)
    folder.mkdir()
    log.submit([record()]).result(PATIENT)

    assert len(ids(url)) == 1
    assert [entry.levelno for entry in caplog.records] == [logging.ERROR, logging.WARNING]  # each change is logged once
    assert "S3CRET" not in caplog.text
    log.close()


def test_a_locked_log_withholds_and_recovers_by_itself(tmp_path, record):
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    log = DecisionLog(url, wait=0.05)
    log.submit([record()]).result(PATIENT)

    with locked(url), pytest.raises(Unavailable):
        log.submit([record()]).result(PATIENT)
    log.submit([record()]).result(PATIENT)

    assert len(ids(url)) == 2
    log.close()


@pytest.mark.parametrize("count", [0, 1], ids=["probe", "record"])
def test_a_read_only_file_is_a_log_that_cannot_be_written(tmp_path, record, count):
    file = tmp_path / "log.db"
    writable = DecisionLog(make_url(f"sqlite:///{file}"))
    writable.submit([record()]).result(PATIENT)

    log = DecisionLog(make_url(f"sqlite:///file:{file}?mode=ro&uri=true"))
    with pytest.raises(Unavailable, match="the decision log cannot be written"):
        log.submit([record() for _ in range(count)]).result(PATIENT)

    log.close()
    writable.close()


def test_an_emptied_database_gets_its_schema_again(log, url, record):
    log.submit([record()]).result(PATIENT)
    with create_engine(url).begin() as connection:
        for table in (*metadata.tables, VERSION_TABLE):
            connection.execute(text(f"DROP TABLE {table}"))

    with pytest.raises(Unavailable):
        log.submit([record()]).result(PATIENT)
    log.submit([record()]).result(PATIENT)

    assert len(ids(url)) == 1


def test_a_forked_process_writes_with_a_thread_and_a_connection_of_its_own(log, url, record):
    log.submit([record()]).result(PATIENT)

    child = multiprocessing.get_context("fork").Process(target=lambda: log.submit([record()]).result(PATIENT))
    child.start()
    child.join(90)
    ended = child.exitcode
    child.kill()
    log.submit([record()]).result(PATIENT)

    assert ended == 0  # None: it stands still
    assert len(ids(url)) == 3


def test_sqlite_waits_for_the_disk_at_every_commit(tmp_path, record):
    log = DecisionLog(make_url(f"sqlite:///{tmp_path / 'log.db'}"))
    log.submit([record()]).result(PATIENT)

    with log._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    log.close()
    assert sqlite3.connect(tmp_path / "log.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_postgresql_waits_for_the_disk_also_where_its_default_is_not_to(postgres, record):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {make_url(postgres).database} SET synchronous_commit = off")
    log = DecisionLog(make_url(postgres))

    with log._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@pytest.mark.slow
def test_once_the_schema_exists_a_role_that_may_insert_and_read_is_enough(postgres, record):
    """The role that SECURITY.md recommends for servers."""
    owner = DecisionLog(make_url(postgres))
    owner.submit([]).result(PATIENT)
    owner.close()
    role = f"server_{make_url(postgres).database}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(f"GRANT INSERT, SELECT ON decisions TO {role}")
        connection.execute(f"GRANT SELECT ON decision_log_version TO {role}")

    log = DecisionLog(make_url(postgres).set(username=role))
    log.submit([]).result(PATIENT)
    log.submit([record()]).result(PATIENT)

    assert len(ids(make_url(postgres))) == 1
    log.close()


@pytest.mark.slow
def test_a_vanished_host_is_given_up_within_the_wait_or_the_urls_own_limit(postgres):
    log = DecisionLog(make_url(f"{postgres}?keepalives_idle=77"), wait=4.5)

    with log._engine.connect() as connection:
        parameters = connection.connection.driver_connection.info.get_parameters()
    assert parameters["connect_timeout"] == "5"
    assert parameters["tcp_user_timeout"] == "5000"
    assert parameters["keepalives_idle"] == "77"
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1], ids=["probe", "record"])
def test_a_read_only_database_withholds_and_recovers_by_itself(postgres, record, count):
    url = make_url(postgres)
    log = DecisionLog(url)
    log.submit([record()]).result(PATIENT)

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on")
        log.close()  # only new sessions are affected
        with pytest.raises(Unavailable, match="the decision log cannot be written"):
            log.submit([record() for _ in range(count)]).result(PATIENT)
        connection.execute(f"ALTER DATABASE {url.database} RESET default_transaction_read_only")
    log.submit([record()]).result(PATIENT)

    assert len(ids(url)) == 2
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("committed", [True, False], ids=["after the commit", "before the commit"])
@pytest.mark.parametrize("count", [1, 2], ids=["INSERT", "COPY"])
def test_a_connection_lost_at_the_commit_leaves_each_record_once(postgres, record, committed, count, monkeypatch):
    log = DecisionLog(make_url(postgres))
    log.submit([record()]).result(PATIENT)
    kind, name = (psycopg.Cursor, "execute") if count == 1 else (psycopg.Copy, "__exit__")  # what commits
    commit, losses = getattr(kind, name), []

    def commit_and_lose(self, *arguments, **named):
        if losses or (count == 1 and not str(arguments[0]).startswith("INSERT INTO decisions")):
            return commit(self, *arguments, **named)
        losses.append(self)
        if committed:
            commit(self, *arguments, **named)
        self.connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(kind, name, commit_and_lose)
    records = [record() for _ in range(count)]
    log.submit(records).result(PATIENT)

    assert len(losses) == 1
    assert ids(make_url(postgres))[1:] == sorted(each["decision_id"] for each in records)
    log.close()


@pytest.mark.slow
def test_connections_ended_by_postgresql_are_replaced_without_withholding_a_decision(postgres, record):
    log = DecisionLog(make_url(postgres))
    log.submit([record()]).result(PATIENT)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    log.submit([record()]).result(PATIENT)

    assert len(ids(make_url(postgres))) == 2
    log.close()
