"""The log's schema: created once, migrated without losing a row, from any number of processes at once."""

import multiprocessing
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, create_engine, insert, inspect, make_url, text, true

from custom_model.decision_log import DecisionLog
from custom_model.decision_log.engine import writing_engine
from custom_model.decision_log.migration import VERSION_TABLE, current_revision, migrate
from custom_model.decision_log.reader import Records
from custom_model.decision_log.schema import decisions, metadata
from custom_model.identifiers import uuid7

PROCESSES = 4
YEAR = timedelta(days=365)


@pytest.mark.filterwarnings("ignore:.*expression-based index.*")
def test_migrations_create_the_schema_that_the_code_writes_to(url):
    engine = writing_engine(url, 5)
    migrate(engine)

    with engine.connect() as connection:
        is_read = engine.dialect.name != "sqlite"  # an index with an expression, as `decisions_watched` is there
        opts = {
            "version_table": VERSION_TABLE,
            "include_name": lambda name, kind, _: is_read or name != "decisions_watched",
            "include_object": lambda each, name, *_: is_read or name != "decisions_watched",
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    assert indexes(engine) == {
        "decisions_of_client",
        "decisions_in_window",
        "decisions_of_model",
        "decisions_watched",
        "decisions_referred",
    }


def indexes(engine) -> set[str]:
    """The names of those of decisions; SQLAlchemy reads none with an expression from SQLite."""
    if engine.dialect.name != "sqlite":
        return {index["name"] for index in inspect(engine).get_indexes("decisions")}
    own = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'decisions' AND sql IS NOT NULL"
    with engine.connect() as connection:
        return set(connection.scalars(text(own)))


def test_migrating_again_changes_nothing(url, log, record):
    log.submit([record()]).result(30)

    migrate(writing_engine(url, 5))

    assert rows(url) == 1


def test_a_client_is_found_by_an_index(tmp_path):
    engine = writing_engine(URL.create("sqlite", database=str(tmp_path / "log.db")), 5)
    migrate(engine)

    with engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM decisions WHERE client_id = '7' ORDER BY decided_at DESC"
        ).all()

    assert "USING INDEX decisions_of_client" in str(plan)


@pytest.mark.slow
def test_postgresql_compresses_requests_with_lz4(postgres):
    engine = writing_engine(make_url(postgres), 5)
    migrate(engine)

    with engine.connect() as connection:
        by = connection.execute(
            text(
                "SELECT attcompression FROM pg_attribute WHERE attrelid = 'decisions'::regclass AND attname = 'fields'"
            )
        )
        assert by.scalar() == "l"


def test_a_log_of_a_later_version_is_written_unchanged(url, record):
    """As when a champion from before the latest migration is served again."""
    engine = writing_engine(url, 5)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE decisions ADD COLUMN later VARCHAR(10)"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))

    log = DecisionLog(url)
    log.submit([record()]).result(30)
    log.close()

    assert rows(url) == 1
    with engine.connect() as connection:
        assert current_revision(connection) == "9999"


@pytest.mark.slow
def test_processes_that_start_together_create_one_schema_and_lose_nothing(url, record):
    assert write_together(url, [record() for _ in range(PROCESSES)]) == [0] * PROCESSES

    assert rows(url) == PROCESSES


@pytest.mark.slow
def test_an_earlier_log_is_migrated_by_processes_that_start_together_and_keeps_its_rows(url, record):
    engine = writing_engine(url, 5)
    migrate(engine, "0001")
    assert "erased_at" not in columns(url)
    old = [dict(record(), decision_id=str(uuid7())) for _ in range(500)]
    names = [name for name in old[0] if name != "erased_at"]
    with engine.begin() as connection:
        statement = f"INSERT INTO decisions ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        connection.execute(text(statement), [{name: each[name] for name in names} for each in old])
    before = contents(url, names)
    engine.dispose()

    assert write_together(url, [record() for _ in range(PROCESSES)]) == [0] * PROCESSES

    assert "erased_at" in columns(url)
    assert contents(url, names)[:500] == before
    assert rows(url) == 500 + PROCESSES


def test_on_a_log_of_0006_people_answer_erase_and_delete_what_is_on_record(url, record):
    engine = writing_engine(url, 5)
    migrate(engine, "0006")
    assert not inspect(engine).has_table("contests")
    earlier = record(score=612, decision="referred"), record(client_id="8", decided_at=datetime.now(UTC) - YEAR)
    with engine.begin() as connection:
        for each in earlier:
            connection.execute(insert(decisions).values(each))
    engine.dispose()

    with closing(Records.open(url)) as records:  # migrates
        before = records.find(earlier[0]["decision_id"])
        records.override(earlier[0]["decision_id"], "granted", "so", None, "maria")
        records.erase("100002")
        deleted = sum(records.delete_before(datetime.now(UTC) - YEAR / 2))
        (left,) = records.latest(true(), 9)

        assert (before["score"], before["alternatives"], before["cost_review"]) == (612, None, None)
        assert before["fields"] == {"AMT_CREDIT": 406597.5}
        assert deleted == 1
        assert left["decision_id"] == earlier[0]["decision_id"]
        assert records.find(left["decision_id"])["fields"] is None
        assert records.second_decisions([left["decision_id"]])[left["decision_id"]].overrides[0]["reason"] is None


def test_on_a_log_of_0009_looks_are_put_on_record_beside_what_it_has(url, record):
    engine = writing_engine(url, 5)
    migrate(engine, "0009")
    assert not inspect(engine).has_table("looks")
    earlier = record()
    with engine.begin() as connection:
        connection.execute(insert(decisions).values(earlier))
    engine.dispose()

    with closing(Records.open(url)) as records:  # migrates
        records.add_look("ana", "clerk", "decision", earlier["decision_id"], "100002")

        assert records.find(earlier["decision_id"])["fields"] == {"AMT_CREDIT": 406597.5}
        assert [look["person"] for look in records.looks_at_decision(earlier["decision_id"], 9)] == ["ana"]


def write_together(url: URL, records: list[dict]) -> list[int]:
    """The exit codes of processes that each write one record, all starting at once."""
    processes = multiprocessing.get_context("fork")
    barrier = processes.Barrier(len(records))
    writers = [processes.Process(target=write_one, args=(url, each, barrier)) for each in records]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    codes = [writer.exitcode for writer in writers]
    for writer in writers:
        writer.kill()
    assert None not in codes, f"expected the ends of all writers within 90 s, got {codes}"
    return codes


def write_one(url: URL, record: dict, barrier) -> None:
    log = DecisionLog(url)
    barrier.wait(60)
    log.submit([record]).result(30)


def rows(url: URL) -> int:
    with create_engine(url).connect() as connection:
        return connection.execute(text("SELECT COUNT(DISTINCT decision_id) FROM decisions")).scalar()


def columns(url: URL) -> set[str]:
    return {column["name"] for column in inspect(create_engine(url)).get_columns("decisions")}


def contents(url: URL, names: list[str]) -> list[tuple]:
    with create_engine(url).connect() as connection:
        return connection.execute(text(f"SELECT {', '.join(names)} FROM decisions ORDER BY decision_id")).all()
