"""Records by position: readable by what the log has, beside records by name, and erasable by any version."""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, delete, insert, make_url, select, text, true, update
from sqlalchemy.exc import IntegrityError

from custom_model.contract import Contract
from custom_model.decision_log import DecisionLog, orders_on_record
from custom_model.decision_log.contracts import OrderLost
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import migrate
from custom_model.decision_log.reader import Records, window
from custom_model.decision_log.schema import contracts, decisions
from custom_model.positions import on_record

CONTRACT = Contract(id="ID", numeric=("AGE", "INCOME"), categories={"TOWN": ("a",)}, history=("INCOME",))
LATER = Contract(**{**CONTRACT.model_dump(), "numeric": ("INCOME", "AGE")})
APPLICATION = {"ID": 7, "AGE": 41.5, "TOWN": "a, b"}
HISTORY = {"INCOME": 0.1}
NAMES = ["decision_id", "fields", "history_fields"]


@pytest.fixture
def by_position(record):
    """A function that returns a record by a contract."""

    def made(contract: Contract = CONTRACT, **changes: object) -> dict:
        applications = {"fields": on_record(contract, APPLICATION), "history_fields": on_record(contract, HISTORY)}
        return record(contract=contract.digest, **applications, **changes)

    return made


@pytest.fixture
def records(url, log, record) -> Iterator[Records]:
    """A log with one record by name."""
    log.submit([record(fields=json.dumps(APPLICATION), history_fields=None)]).result(30)
    with closing(Records.open(url)) as records:
        yield records


def stored(url) -> dict[str, tuple]:
    """The texts of both columns, by decision."""
    statement = "SELECT decision_id, CAST(fields AS TEXT), CAST(history_fields AS TEXT) FROM decisions"
    with create_engine(url).connect() as connection:
        return {key: tuple(texts) for key, *texts in connection.execute(text(statement))}


def orders(url) -> dict[str, list[str]]:
    with create_engine(url).connect() as connection:
        return dict(connection.execute(select(contracts.c.contract, contracts.c.names)).all())


def forget(url) -> None:
    with create_engine(url).begin() as connection:
        connection.execute(delete(contracts))


def test_a_log_of_records_by_name_and_by_position_of_two_contracts_reads_alike(url, log, records, by_position):
    made = [by_position(), by_position(LATER)]
    for contract, each in zip((CONTRACT, LATER), made, strict=True):
        log.submit([each], contract=contract).result(30)

    assert [each["fields"][0] for each in made] == ["[", "["]
    assert made[0]["fields"] != made[1]["fields"]
    for each in made:
        found = records.find(each["decision_id"])
        assert (found["fields"], found["history_fields"]) == (APPLICATION, HISTORY)
    (exported,) = records.oldest_first(true())
    assert [row["fields"] for row in exported] == [APPLICATION] * 3
    assert [row["history_fields"] for row in exported] == [None, HISTORY, HISTORY]
    pages = [row for page in records.pages(NAMES, true(), 2) for row in page]
    assert [json.loads(fields) for _, fields, _ in pages] == [APPLICATION] * 3
    assert [history for *_, history in pages] == [None, '{"INCOME":0.1}', '{"INCOME":0.1}']
    assert orders(url) == {
        CONTRACT.digest: ["ID", "AGE", "INCOME", "TOWN"],
        LATER.digest: ["ID", "INCOME", "AGE", "TOWN"],
    }


def test_a_persons_answer_has_seen_the_same_request_by_name_and_by_position(log, records, record, by_position):
    made = by_position(decision="referred")
    named = record(decision="referred", fields=json.dumps(APPLICATION), history_fields=json.dumps(HISTORY))
    log.submit([made, named], contract=CONTRACT).result(30)

    seen = [records.override(each["decision_id"], "granted", "so", None, "ana")["seen"] for each in (made, named)]

    first, second = (json.loads(each)["request_sha256"] for each in seen)
    assert first is not None
    assert first == second


def test_a_person_answers_a_request_with_a_whole_number_over_64_bits(log, records, by_position):
    made = by_position(decision="referred")
    made["fields"] = on_record(CONTRACT, {**APPLICATION, "AGE": 10**30})
    log.submit([made], contract=CONTRACT).result(30)

    assert json.loads(records.override(made["decision_id"], "granted", "so", None, "ana")["seen"])["request_sha256"]


def test_an_erasure_names_and_clears_records_of_both_forms(url, log, records, by_position):
    log.submit([by_position()], contract=CONTRACT).result(30)

    erasable = records.erasable("100002")

    assert (erasable.decisions, erasable.fields) == (2, ["ID", "AGE", "TOWN", "INCOME"])
    assert records.erase("100002") == 2
    assert [*stored(url).values()] == [(None, None)] * 2
    (rows,) = records.oldest_first(true())
    assert [(row["fields"], row["history_fields"]) for row in rows] == [(None, None)] * 2


def test_the_erasure_of_an_earlier_version_clears_records_by_position(url, log, records, by_position):
    """The statement of version 0012: the column is the same."""
    log.submit([by_position()], contract=CONTRACT).result(30)

    with create_engine(url).begin() as connection:
        values = {"fields": None, "history_fields": None, "alternatives": None, "erased_at": datetime.now(UTC)}
        own = decisions.c.client_id == "100002", decisions.c.erased_at.is_(None)
        connection.execute(update(decisions).where(*own).values(values))

    assert [*stored(url).values()] == [(None, None)] * 2
    assert records.erasable("100002").decisions == 0


def test_a_log_of_0012_keeps_its_records_by_name_beside_new_ones(url, record, by_position):
    engine = writing_engine(url, 5)
    migrate(engine, "0012")
    earlier = record(fields=json.dumps(APPLICATION))
    with engine.begin() as connection:
        connection.execute(insert(decisions).values(earlier))
    engine.dispose()

    with closing(DecisionLog(url)) as log, closing(Records.open(url)) as records:
        log.submit([by_position()], contract=CONTRACT).result(30)

        (rows,) = records.oldest_first(true())
        assert [row["fields"] for row in rows] == [APPLICATION] * 2
        assert stored(url)[earlier["decision_id"]] == (earlier["fields"], None)


def test_without_its_order_a_record_is_an_error_that_says_what_to_do_and_still_erased(url, log, records, by_position):
    made = by_position()
    log.submit([made], contract=CONTRACT).result(30)
    forget(url)

    for read in (records.find, lambda _: [*records.pages(NAMES, true(), 9)], lambda _: [*records.oldest_first(true())]):
        with pytest.raises(OrderLost, match=f"contracts lacks the order of {CONTRACT.digest}.*restore"):
            read(made["decision_id"])
    assert records.erasable("100002").fields == [
        f"those of contract {CONTRACT.digest}, whose names are lost",
        *("ID", "AGE", "TOWN"),  # of the record by name
    ]
    assert records.erase("100002") == 2
    assert records.find(made["decision_id"])["fields"] is None


def test_an_erasure_names_the_fields_of_all_contracts_but_those_whose_order_is_lost(url, log, records, by_position):
    lost = [{**by_position(), "contract": digest} for digest in ("0a", "0b")]
    log.submit(lost).result(30)
    log.submit([by_position()], contract=CONTRACT).result(30)

    fields = records.erasable("100002").fields

    assert sorted(fields[:2]) == [f"those of contract {digest}, whose names are lost" for digest in ("0a", "0b")]
    assert fields[2:] == ["ID", "AGE", "TOWN", "INCOME"]


def test_a_client_contests_a_decision_whose_order_is_lost(url, log, records, by_position):
    made = by_position()
    log.submit([made], contract=CONTRACT).result(30)
    forget(url)

    assert records.contest(made["decision_id"], "not me", "ana")["decision_id"] == made["decision_id"]
    with pytest.raises(OrderLost):
        records.override(made["decision_id"], "granted", "so", None, "ana")


def test_an_erasure_names_the_fields_of_one_contract_beside_those_of_a_lost_one(url, log, records, by_position):
    for contract in (CONTRACT, LATER):
        log.submit([by_position(contract)], contract=contract).result(30)
    with create_engine(url).begin() as connection:
        connection.execute(delete(contracts).where(contracts.c.contract == CONTRACT.digest))

    lost = f"those of contract {CONTRACT.digest}, whose names are lost"
    assert sorted(records.erasable("100002").fields) == ["AGE", "ID", "INCOME", "TOWN", lost]


@pytest.mark.parametrize("names", ["null", "7", "{}", "[]", "[1, 2, 3, 4]", '["ID", "AGE", "INCOME"]', '["ID", "AG'])
def test_a_damaged_order_is_lost_and_later_records_are_by_name(tmp_path, by_position, names, monkeypatch):
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 0.0)
    first, second = by_position(), by_position()
    with closing(DecisionLog(url)) as log:
        log.submit([first], contract=CONTRACT).result(30)
        with create_engine(url).begin() as connection:
            connection.execute(text("UPDATE contracts SET names = :names"), {"names": names})
        log.submit([second], contract=CONTRACT).result(30)

    with closing(Records.open(url)) as records:
        assert records.find(second["decision_id"])["fields"] == APPLICATION
        for read in (records.find, lambda _: [*records.pages(NAMES, true(), 9)]):
            with pytest.raises(OrderLost):
                read(first["decision_id"])


def test_a_restored_log_without_the_table_of_orders_gets_it_again(url, log, records, by_position):
    """As from a copy of decisions and revision alone."""
    made = by_position()
    log.submit([made], contract=CONTRACT).result(30)
    contracts.drop(create_engine(url))

    Records.migrate(url)
    with closing(DecisionLog(url)) as restarted:
        restarted.submit([by_position()], contract=CONTRACT).result(30)

    assert records.find(made["decision_id"])["fields"] == APPLICATION


def test_orders_outlive_the_decisions_that_have_them(url, log, records, by_position):
    log.submit([by_position()], contract=CONTRACT).result(30)

    assert sum(records.delete_before(datetime.now(UTC))) == 2

    assert orders(url) == {CONTRACT.digest: [*CONTRACT.order]}


def test_a_record_with_more_values_than_its_order_has_names_is_no_other_record(url, log, records, by_position):
    longer = by_position(Contract(**{**CONTRACT.model_dump(), "numeric": ("INCOME", "AGE", "RENT")}))
    log.submit([{**longer, "contract": CONTRACT.digest}, by_position()], contract=CONTRACT).result(30)

    for read in (records.find, lambda _: [*records.pages(NAMES, true(), 9)]):
        with pytest.raises(OrderLost):
            read(longer["decision_id"])


def test_an_order_that_a_restored_backup_lacks_is_put_there_again(url, log, records, by_position, monkeypatch):
    made = by_position()
    log.submit([made], contract=CONTRACT).result(30)
    forget(url)
    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 0.0)

    log.submit([by_position()], contract=CONTRACT).result(30)

    assert records.find(made["decision_id"])["fields"] == APPLICATION


def test_of_another_order_under_the_same_digest_records_are_by_name(url, log, records, by_position, caplog):
    with create_engine(url).begin() as connection:
        connection.execute(insert(contracts).values(contract=CONTRACT.digest, names=["AGE", "ID", "INCOME", "TOWN"]))

    made = [by_position() for _ in range(3)]
    for each in made:
        log.submit([each], contract=CONTRACT).result(30)

    by_name = '{"ID":7,"AGE":41.5,"TOWN":"a, b"}', '{"INCOME":0.1}'
    assert [stored(url)[each["decision_id"]] for each in made] == [by_name] * 3
    assert records.find(made[0]["decision_id"])["fields"] == APPLICATION
    (message,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert "its role lacks rights on the table contracts, or that has another order" in message


@pytest.mark.parametrize("first", [[], [IntegrityError(None, None, Exception())]], ids=["there", "put by another"])
def test_where_another_order_is_there_records_are_by_name_and_few_of_them_look_again(
    url, log, records, by_position, monkeypatch, first
):
    looks = [*first, False]

    def look(connection: Connection, contract: Contract) -> bool:
        found = looks.pop(0)
        if isinstance(found, bool):
            return found
        raise found

    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 1_000.0)
    monkeypatch.setattr(orders_on_record, "put", look)
    for _ in range(3):
        log.submit([by_position()], contract=CONTRACT).result(30)

    assert looks == []
    assert {fields[0] for fields, _ in stored(url).values()} == {"{"}


@pytest.mark.slow
def test_a_role_without_rights_on_the_orders_writes_by_name_until_it_has_them(
    postgres, by_position, caplog, monkeypatch
):
    """As after an upgrade, before the grants are given again."""
    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 0.0)
    url = make_url(postgres)
    migrate(writing_engine(url, 5))
    role = f"role_{url.database}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT SELECT, INSERT ON decisions TO {role}")
        connection.execute(f"GRANT SELECT ON decision_log_version TO {role}")

        with closing(DecisionLog(url.set(username=role))) as log, closing(Records.open(url)) as records:
            first, second, third = (by_position() for _ in range(3))
            for each in (first, second):
                log.submit([each], contract=CONTRACT).result(30)
            connection.execute(f"GRANT SELECT, INSERT ON contracts TO {role}")
            log.submit([third], contract=CONTRACT).result(30)

            ids = [each["decision_id"] for each in (first, second, third)]
            assert [stored(url)[each][0][0] for each in ids] == ["{", "{", "["]
            found = [records.find(each) for each in ids]
    assert [each["fields"] for each in found] == [APPLICATION] * 3
    assert len([each for each in caplog.records if "lacks rights on the table contracts" in each.getMessage()]) == 1


def test_an_order_is_looked_for_once_for_all_records_that_wait(url, log, records, by_position, monkeypatch):
    """Also where it is not there: a role without rights would have an error in its database's log for each."""
    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 1000.0)
    looks: list[Contract] = []
    monkeypatch.setattr(orders_on_record, "put", lambda _, contract: looks.append(contract))
    held = [log.submit([by_position()], hold=True, contract=CONTRACT) for _ in range(5)]
    log.send()

    for each in held:
        each.result(30)
    assert looks == [CONTRACT]
    assert {fields[0] for fields, _ in stored(url).values()} == {"{"}


@pytest.mark.slow
def test_after_a_lost_connection_orders_are_looked_for_at_once(postgres, by_position, monkeypatch):
    """A standby that takes over may lack the last transactions."""
    monkeypatch.setattr(orders_on_record, "LOOK_EVERY", 1000.0)
    url, made = make_url(postgres), by_position()
    with closing(DecisionLog(url)) as log:
        log.submit([by_position()], contract=CONTRACT).result(30)
        forget(url)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        log.submit([made], contract=CONTRACT).result(30)

    with closing(Records.open(url)) as records:
        assert records.find(made["decision_id"])["fields"] == APPLICATION


def test_records_that_wait_are_written_by_name_and_by_position_in_one_transaction(url, log, records, by_position):
    """Of a contract each, as while one version of a model takes over from another."""
    held: list[Future[None]] = [
        log.submit([by_position(contract)], hold=True, contract=contract) for contract in (CONTRACT, LATER)
    ]
    log.send()

    for each in held:
        each.result(30)
    assert records.count(window()) == 3
    (rows,) = records.oldest_first(true())
    assert [row["fields"] for row in rows] == [APPLICATION] * 3


@pytest.mark.slow
def test_processes_that_put_the_first_order_there_together_lose_no_record(url, by_position):
    migrate(writing_engine(url, 5))
    made = [by_position() for _ in range(4)]
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(len(made))
    writers = [processes.Process(target=write_one, args=(url, each, barrier)) for each in made]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)

    assert [writer.exitcode for writer in writers] == [0] * len(made)
    assert [fields[0] for fields, _ in stored(url).values()] == ["["] * len(made)
    assert list(orders(url)) == [CONTRACT.digest]


def write_one(url, record: dict, barrier) -> None:
    log = DecisionLog(url)
    barrier.wait(60)
    log.submit([record], contract=CONTRACT).result(30)
