"""Answers by Idempotency-Key: with their decisions or not at all, one for each key, for a day."""

import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import URL, create_engine, func, insert, make_url, select

from custom_model.decision_log import DecisionLog, writer
from custom_model.decision_log.answers import BATCH, AlreadyAnswered, RequestKey, delete_before
from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import decisions, idempotent_answers
from custom_model.errors import Unavailable

PATIENT = 30.0  # seconds; only a failing test waits that long
PROCESSES = 4
LATER = timedelta(hours=24, minutes=1)


@pytest.fixture
def answer(record) -> Callable:
    """A function that returns the record and the answer's rows for one decision under a key."""

    def new(key: str, fingerprint: str = "f1", client: object = 100002) -> tuple[list, list]:
        recorded = record(client_id=str(client))
        decision = {"client_id": client, "decision_id": recorded["decision_id"], "recorded": False}
        return [recorded], RequestKey(key, fingerprint).rows([decision])

    return new


def submit(log: DecisionLog, records: list, rows: list) -> None:
    log.submit(records, answer=rows).result(PATIENT)


def age(url: URL) -> None:
    """Let a day go by for every stored answer."""
    with create_engine(url).begin() as connection:
        connection.execute(idempotent_answers.update().values(answered_at=datetime.now(UTC) - LATER))


def count(url: URL, table) -> int:
    with create_engine(url).connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_an_answer_is_found_by_its_key_as_it_was_sent(log, answer):
    records, rows = answer("order-66")

    submit(log, records, rows)

    stored = log.find_answer("order-66")
    decision = records[0]["decision_id"]
    assert stored.fingerprint == "f1"
    assert stored.decisions == [f'{{"client_id":100002,"decision_id":"{decision}","recorded":true}}'.encode()]
    assert log.find_answer("order-67") is None


def test_the_decisions_of_an_answer_keep_their_order(log, record):
    clients = [3, None, *range(20, 40)]
    key = RequestKey("order-66", "f1")

    submit(log, [record() for _ in clients], key.rows([{"client_id": client} for client in clients]))

    assert log.find_answer("order-66").decisions == key_bodies(clients)


def key_bodies(clients: list) -> list[bytes]:
    return [f'{{"client_id":{"null" if client is None else client},"recorded":true}}'.encode() for client in clients]


def test_on_an_empty_database_no_answer_is_found(log):
    assert log.find_answer("order-66") is None


def test_a_second_request_with_the_key_leaves_no_record(log, url, answer):
    first, rows = answer("order-66")
    submit(log, first, rows)

    with pytest.raises(AlreadyAnswered):
        submit(log, *answer("order-66"))

    assert count(url, decisions) == 1
    assert first[0]["decision_id"].encode() in log.find_answer("order-66").decisions[0]


def test_of_two_requests_in_one_transaction_the_first_is_on_record_and_others_are_unaffected(log, url, answer, record):
    log.submit([]).result(PATIENT)
    first = log.submit(*_held(answer("order-66")))
    second = log.submit(*_held(answer("order-66")))
    other = log.submit([record()], True)
    log.send()

    first.result(PATIENT)
    other.result(PATIENT)
    with pytest.raises(AlreadyAnswered):
        second.result(PATIENT)
    assert count(url, decisions) == 2


def _held(pair: tuple[list, list]) -> tuple:
    records, rows = pair
    return records, True, rows


def test_a_key_is_free_again_after_a_day(log, url, answer):
    submit(log, *answer("order-66"))
    age(url)

    assert log.find_answer("order-66") is None
    records, rows = answer("order-66", "f2")
    submit(log, records, rows)

    assert log.find_answer("order-66").fingerprint == "f2"
    assert (count(url, decisions), count(url, idempotent_answers)) == (2, 1)


def test_expired_answers_are_deleted_by_any_later_decision(url, answer, record, monkeypatch):
    monkeypatch.setattr(writer, "EXPIRE_EVERY", 0.0)
    log = DecisionLog(url)
    submit(log, *answer("order-66"))
    age(url)
    submit(log, *answer("order-67"))

    log.submit([record()]).result(PATIENT)
    log.close()

    assert count(url, decisions) == 3
    with create_engine(url).connect() as connection:
        assert connection.scalars(select(idempotent_answers.c.key)).all() == ["order-67"]


def test_expired_answers_are_deleted_a_batch_at_a_time(log, url):
    log.submit([]).result(PATIENT)
    long_ago = datetime.now(UTC) - LATER
    rows = [
        {"key": f"k{number}", "position": position, "fingerprint": "f", "decision": b"{}", "answered_at": long_ago}
        for number in range(BATCH + 1)
        for position in range(2)
    ]
    with create_engine(url).begin() as connection:
        connection.execute(insert(idempotent_answers), rows)

    with create_engine(url).begin() as connection:
        assert delete_before(connection, datetime.now(UTC))
        assert not delete_before(connection, datetime.now(UTC))

    assert count(url, idempotent_answers) == 0


def test_erasing_a_client_deletes_every_answer_that_names_it(log, url, answer, record):
    key = RequestKey("order-66", "f1")
    submit(log, [record(client_id="7"), record(client_id="8")], key.rows([{"client_id": 7}, {"client_id": 8}]))
    submit(log, *answer("order-67", client=8))
    records = Records.open(url)

    records.erase("7")
    records.close()

    assert log.find_answer("order-66") is None
    assert log.find_answer("order-67") is not None
    assert count(url, decisions) == 3


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_an_erased_answer_is_gone_from_sqlites_files(log, url, record, tmp_path):
    submit(log, [record(client_id="7")], RequestKey("order-66", "f1").rows([{"client_id": 7, "why": "S3CRET"}]))
    assert any(b"S3CRET" in file.read_bytes() for file in tmp_path.iterdir())
    records = Records.open(url)

    records.erase("7")
    records.close()

    assert not any(b"S3CRET" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_deletion_of_old_decisions_deletes_answers_of_their_age_too(log, url, answer):
    submit(log, *answer("order-66"))
    records = Records.open(url)

    assert sum(records.delete_before(datetime.now(UTC) + timedelta(seconds=1))) == 1
    assert records.count(window()) == 0
    records.close()

    assert count(url, idempotent_answers) == 0


@pytest.mark.slow
def test_of_processes_that_answer_one_key_at_once_one_has_its_decision_on_record(url, log, answer):
    processes = multiprocessing.get_context("fork")
    barrier, ends = processes.Barrier(PROCESSES), []
    log.submit([]).result(PATIENT)

    for attempt in range(10):
        workers = [
            processes.Process(target=_answer_once, args=(url, barrier, *answer(f"order-{attempt}")))
            for _ in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        ends.append(sorted(worker.exitcode for worker in workers))

    assert ends == [[0, *[7] * (PROCESSES - 1)]] * 10
    assert count(url, decisions) == 10


def _answer_once(url: URL, barrier, records: list, rows: list) -> None:
    """Exit with 7 where another process was first."""
    log = DecisionLog(url)
    barrier.wait(PATIENT)
    try:
        submit(log, records, rows)
    except AlreadyAnswered:
        raise SystemExit(7) from None


@pytest.mark.slow
def test_on_a_database_that_was_created_anew_requests_with_a_key_alone_are_enough(postgres, answer):
    url = make_url(postgres)
    log = DecisionLog(url)
    submit(log, *answer("order-66"))
    assert log.find_answer("order-66") is not None

    with psycopg.connect(url.set(database="postgres").render_as_string(False), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {url.database} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {url.database}")
    with pytest.raises(Unavailable):
        log.find_answer("order-66")

    assert log.find_answer("order-66") is None
    submit(log, *answer("order-66"))
    assert log.find_answer("order-66") is not None
    log.close()


@pytest.mark.slow
def test_a_role_without_rights_on_the_answers_still_records_requests_without_a_key(postgres, answer, record):
    owner = DecisionLog(make_url(postgres))
    owner.submit([]).result(PATIENT)
    owner.close()
    role = f"server_{make_url(postgres).database}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT INSERT, SELECT ON decisions TO {role}")
        connection.execute(f"GRANT SELECT ON decision_log_version TO {role}")
    log = DecisionLog(make_url(postgres).set(username=role))
    log.submit([]).result(PATIENT)

    without = log.submit([record()], True)
    keyed = log.submit(*_held(answer("order-66")))
    log.send()

    without.result(PATIENT)
    with pytest.raises(Unavailable):
        keyed.result(PATIENT)
    with pytest.raises(Unavailable):
        log.find_answer("order-66")
    assert count(make_url(postgres), decisions) == 1
    log.close()


@pytest.mark.slow
def test_requests_that_lack_rights_on_the_answers_are_logged_once_and_cost_others_no_connection(
    postgres, answer, record, caplog
):
    owner = DecisionLog(make_url(postgres))
    owner.submit([]).result(PATIENT)
    owner.close()
    role = f"server_{make_url(postgres).database}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT INSERT, SELECT ON decisions TO {role}")
        connection.execute(f"GRANT SELECT ON decision_log_version TO {role}")
    log = DecisionLog(make_url(postgres).set(username=role))
    log.submit([record()]).result(PATIENT)
    session = session_of(log)

    for number in range(5):
        with pytest.raises(Unavailable, match="the answer to an Idempotency-Key cannot be stored"):
            submit(log, *answer(f"order-{number}"))
        log.submit([record()]).result(PATIENT)
    refused = [entry.message for entry in caplog.records]
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"GRANT SELECT, INSERT, DELETE ON idempotent_answers TO {role}")
    submit(log, *answer("order-66"))

    (message,) = refused
    assert "lacks rights on idempotent_answers" in message
    assert session_of(log) == session
    log.close()


def session_of(log: DecisionLog) -> int:
    """The number of the session that writes."""
    with log._engine.connect() as connection:
        return connection.connection.driver_connection.info.backend_pid
