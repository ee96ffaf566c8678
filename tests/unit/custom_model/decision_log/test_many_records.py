"""Many records at once go in by the driver: as they would one by one."""

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError

from custom_model.databases import dialect_of
from custom_model.decision_log import DecisionLog

PATIENT = 30.0
MANY = 100
ROWS = text("SELECT * FROM decisions ORDER BY decision_id")
TEXTS = ('{"A":"tab\\t, \\"quoted\\"; naïve 😀"}', '{"A":1.0}', None)


def on_record(url) -> list[dict]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(ROWS)]
    engine.dispose()
    return rows


def test_many_records_are_stored_as_each_alone(log, url, record):
    made = record()
    rows = [record(decided_at=made["decided_at"], fields=fields, score=None if fields else 612) for fields in TEXTS]
    for each in rows:
        log.submit([each]).result(PATIENT)
    alone = on_record(url)

    more = [record(decided_at=made["decided_at"], score=None) for _ in range(MANY)]
    again = [{**each, "decision_id": f"{each['decision_id'][:-1]}x"} for each in rows]
    log.submit([*again, *more]).result(PATIENT)

    stored = {row["decision_id"]: row for row in on_record(url)}
    assert len(stored) == 2 * len(rows) + MANY
    for single in alone:
        twin = stored[f"{single['decision_id'][:-1]}x"]
        assert {**twin, "decision_id": single["decision_id"]} == single


def test_of_many_records_none_is_written_where_one_is_there(log, url, record):
    there = record(fields='{"A":"S3CRET"}')
    log.submit([there]).result(PATIENT)

    with pytest.raises(IntegrityError) as raised:
        log.submit([*(record() for _ in range(MANY)), there]).result(PATIENT)

    assert "S3CRET" not in str(raised.value)
    assert [row["decision_id"] for row in on_record(url)] == [there["decision_id"]]
    log.submit([record() for _ in range(MANY)]).result(PATIENT)
    assert len(on_record(url)) == 1 + MANY


@pytest.mark.slow
def test_postgresql_ending_the_connection_leaves_each_of_many_records_once(postgres, record, monkeypatch):
    log, losses = DecisionLog(make_url(postgres)), []
    log.submit([record()]).result(PATIENT)
    dialect = dialect_of(log.url)
    insert_rows = type(dialect).insert_rows

    def lose(self, connection, table, rows):
        if not losses:
            losses.append(connection.connection.driver_connection.info.backend_pid)
            with psycopg.connect(postgres, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", losses)
        insert_rows(self, connection, table, rows)

    monkeypatch.setattr(type(dialect), "insert_rows", lose)
    log.submit([record() for _ in range(MANY)]).result(PATIENT)

    assert len(losses) == 1
    assert len(on_record(log.url)) == 1 + MANY
    log.close()
