"""Erasure on PostgreSQL: done only where no page of the tables has a row with the data, else told who keeps it."""

import threading
import time

import psycopg
import pytest
from sqlalchemy import make_url

from custom_model.databases import ErasurePending, postgresql_vacuum
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.answers import RequestKey
from custom_model.decision_log.reader import Records
from steps.decisions import Action, main
from steps.run.console import UserError

pytestmark = pytest.mark.slow

SECRET = "S3CRET-8812"
TABLES = ("decisions", "contests", "overrides", "idempotent_answers")


@pytest.fixture
def erasable(postgres, record, monkeypatch) -> str:
    """A log with decisions of client 7, in rows of both sizes: in the table, and in its TOAST table."""
    monkeypatch.setattr(postgresql_vacuum, "PATIENCE", 0.3)
    log = DecisionLog(make_url(postgres))
    log.submit([]).result(30)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pageinspect")
        connection.execute("ALTER TABLE decisions ALTER fields SET STORAGE EXTERNAL")
    answer = RequestKey("order-66", "f1").rows([{"client_id": 7, "why": SECRET}])
    contested = record(client_id="7", fields=f'{{"NAME":"{SECRET}"}}', alternatives=f'[{{"why":"{SECRET}"}}]')
    log.submit([contested], answer=answer).result(30)
    records = Records.open(make_url(postgres))
    records.contest(contested["decision_id"], f"I am {SECRET}", "maria")
    records.override(contested["decision_id"], "granted", f"{SECRET} is right", f"a payslip of {SECRET}", "maria")
    records.close()
    large = ",".join(f'"{SECRET}-{number}"' for number in range(1_000))
    log.submit([record(client_id="7", fields=f'{{"NAMES":[{large}]}}')]).result(30)
    log.submit([record(client_id="8", fields='{"NAME":"OTHER"}') for _ in range(20)]).result(30)
    log.close()
    assert rows_with_the_secret(postgres)
    return postgres


def rows_with_the_secret(url: str) -> int:
    """The rows, dead or alive, that pages of the tables and of their TOAST tables have it in."""
    found = 0
    with psycopg.connect(url) as connection:
        for table in TABLES:
            names = connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_class t ON t.relname = %s AND "
                "c.oid IN (t.oid, t.reltoastrelid)", (table,)
            ).fetchall()  # fmt: skip
            for (name,) in names:
                (pages,) = connection.execute("SELECT pg_relation_size(%s::regclass) / 8192", (name,)).fetchone()
                for page in range(pages):
                    items = connection.execute(
                        "SELECT t_data FROM heap_page_items(get_raw_page(%s, %s))", (name, page)
                    ).fetchall()
                    found += sum(SECRET.encode() in bytes(data) for (data,) in items if data is not None)
    return found


def test_an_erasure_that_is_done_leaves_no_row_in_any_page(erasable):
    records = Records.open(make_url(erasable))

    assert records.erase("7") == 2
    records.close()

    assert rows_with_the_secret(erasable) == 0


def test_while_a_snapshot_can_see_them_the_error_names_the_process_and_the_rows_are_there_indeed(
    erasable, monkeypatch, capsys
):
    monkeypatch.setenv("DECISION_LOG_URI", erasable)
    with psycopg.connect(erasable, application_name="pg_dump") as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM decisions")
        with pytest.raises(UserError) as error:
            main(Action.erase, client="7", yes=True)
        left = rows_with_the_secret(erasable)
        pid = report.info.backend_pid

    message = str(error.value)
    assert left > 0
    assert message.startswith("log: done, but not yet in the files of postgresql://")
    assert f"process {pid} (user owner, application pg_dump)" in message
    assert message.endswith("erase again once that has ended, or is gone")
    main(Action.erase, client="7", yes=True)
    assert rows_with_the_secret(erasable) == 0


def test_a_transaction_that_has_written_keeps_rows_also_without_a_snapshot(erasable):
    records = Records.open(make_url(erasable))
    with psycopg.connect(erasable, application_name="idle writer") as writer:
        writer.execute("CREATE TABLE other (id int)")  # a transaction, whose snapshot has ended

        with pytest.raises(ErasurePending, match="idle writer"):
            records.erase("7")
    records.erase("7")
    records.close()

    assert rows_with_the_secret(erasable) == 0


def test_a_prepared_transaction_keeps_rows_and_is_named(erasable):
    records = Records.open(make_url(erasable))
    with psycopg.connect(erasable, autocommit=True) as other:
        for statement in ("BEGIN", "CREATE TABLE other (id int)", "PREPARE TRANSACTION 'left behind'"):
            other.execute(statement)

        with pytest.raises(ErasurePending, match=r"prepared transaction left behind \(user owner\)"):
            records.erase("7")
        other.execute("ROLLBACK PREPARED 'left behind'")
    records.erase("7")
    records.close()

    assert rows_with_the_secret(erasable) == 0


def test_as_a_role_that_may_update_but_not_vacuum_the_error_says_whose_turn_it_is(erasable, monkeypatch):
    role = f"clerk_{make_url(erasable).database}"
    with psycopg.connect(erasable, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT SELECT, UPDATE, DELETE ON {', '.join(TABLES)} TO {role}")
        connection.execute(f"GRANT SELECT ON decision_log_version TO {role}")
    monkeypatch.setenv("DECISION_LOG_URI", make_url(erasable).set(username=role).render_as_string(False))

    with pytest.raises(UserError, match=r"this role may not vacuum the tables.*; erase again as their owner") as error:
        main(Action.erase, client="7", yes=True)
    left = rows_with_the_secret(erasable)

    assert left > 0
    assert "decisions" in str(error.value)
    monkeypatch.setenv("DECISION_LOG_URI", erasable)
    main(Action.erase, client="7", yes=True)
    assert rows_with_the_secret(erasable) == 0


def test_a_server_that_goes_on_recording_does_not_keep_an_erasure_pending(erasable, record):
    log, until = DecisionLog(make_url(erasable)), threading.Event()

    def serve() -> None:
        while not until.is_set():
            log.submit([record(client_id="8")]).result(30)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        records = Records.open(make_url(erasable))
        assert records.erase("7") == 2
        records.close()
    finally:
        until.set()
        serving.join()
        log.close()

    assert rows_with_the_secret(erasable) == 0


def test_a_transaction_that_ends_in_time_is_waited_for(erasable, monkeypatch):
    monkeypatch.setattr(postgresql_vacuum, "PATIENCE", 30.0)
    records = Records.open(make_url(erasable))
    with psycopg.connect(erasable) as report:
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM decisions")
        ending = threading.Thread(target=lambda: (time.sleep(0.5), report.rollback()))
        ending.start()

        records.erase("7")
        ending.join()
    records.close()

    assert rows_with_the_secret(erasable) == 0
