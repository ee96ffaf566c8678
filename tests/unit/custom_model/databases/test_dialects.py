"""What differs between databases, each behind the same face."""

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from custom_model.databases import Dialect, ErasurePending, dialect_of
from custom_model.databases.postgresql import PostgreSQL
from custom_model.databases.sqlite import SQLite


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("sqlite:////srv/log.db", SQLite),
        ("postgresql://host/name", PostgreSQL),
        ("postgresql+psycopg://host/name", PostgreSQL),
        ("mysql://host/name", Dialect),
    ],
)
def test_a_url_has_the_dialect_of_its_backend_whatever_the_driver(url, dialect):
    assert type(dialect_of(make_url(url))) is dialect


def test_only_sqlite_is_a_file():
    assert str(dialect_of(make_url("sqlite:////srv/log.db")).file(make_url("sqlite:////srv/log.db"))) == "/srv/log.db"
    assert dialect_of(make_url("postgresql://host/name")).file(make_url("postgresql://host/name")) is None


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_values_in_one_parameter_match_each_of_them_and_nothing_else(request, tmp_path, database):
    url = make_url(f"sqlite:///{tmp_path / 'a.db'}" if database == "sqlite" else request.getfixturevalue("postgres"))
    dialect = dialect_of(url)
    query = text(f"SELECT name FROM (SELECT '7' AS name UNION SELECT '''; --' UNION SELECT 'b') AS t "
                 f"WHERE name {dialect.in_values} ORDER BY name")  # fmt: skip

    with create_engine(url).connect() as connection:
        matches = connection.scalars(query, {"values": dialect.values(["'; --", "7", "unknown"])}).all()
        without = connection.scalars(query, {"values": dialect.values([])}).all()

    assert sorted(matches) == ["'; --", "7"]
    assert without == []


def test_rows_that_another_connection_still_reads_cannot_be_cleared_from_sqlites_files_yet(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'log.db'}")
    dialect = dialect_of(url)
    writing, reading = dialect.writing_engine(url, 0.05), dialect.reading_engine(url, 0.05)
    with writing.begin() as connection:
        connection.execute(text("CREATE TABLE decisions (fields TEXT)"))
        connection.execute(text("INSERT INTO decisions VALUES ('S3CRET')"))

    with reading.begin() as connection:
        connection.execute(text("SELECT * FROM decisions")).all()
        with writing.begin() as other:
            other.execute(text("DELETE FROM decisions"))
        with pytest.raises(ErasurePending):
            dialect.clear_erased(writing, ["decisions"])

    dialect.clear_erased(writing, ["decisions"])
    assert not any(b"S3CRET" in file.read_bytes() for file in tmp_path.iterdir())


def test_an_error_of_sqlite_has_the_name_of_its_result_code(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'a.db'}")
    dialect = dialect_of(url)
    with create_engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE a (b TEXT)"))
    engine = dialect.read_only_engine(url, connect_within=1, read_within=1)

    with engine.connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("INSERT INTO a VALUES ('S3CRET')"))

    assert dialect.error_code(error.value) == "SQLITE_READONLY"


@pytest.mark.slow
def test_an_error_of_postgresql_has_its_sqlstate(postgres):
    dialect = dialect_of(make_url(postgres))

    with create_engine(postgres).connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT 1 / 0"))

    assert dialect.error_code(error.value) == "22012"


def test_a_server_that_cannot_be_reached_gives_no_code():
    url = make_url("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(DBAPIError) as error:
        dialect_of(url).writing_engine(url, 1.0).connect()

    assert dialect_of(url).error_code(error.value) is None
    assert Dialect().error_code(error.value) is None


def test_a_writer_waits_for_sqlites_lock_only_as_long_as_its_patience(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'a.db'}")
    first, second = (dialect_of(url).writing_engine(url, 0.05) for _ in range(2))

    with first.begin(), pytest.raises(DBAPIError) as error, second.begin():
        pass
    with second.begin() as connection:
        connection.execute(text("CREATE TABLE a (b TEXT)"))

    assert dialect_of(url).error_code(error.value) == "SQLITE_BUSY"


def test_a_reader_of_sqlite_does_not_wait_for_a_writer(tmp_path):
    url = make_url(f"sqlite:///{tmp_path / 'a.db'}")
    writing, reading = dialect_of(url).writing_engine(url, 0.05), dialect_of(url).reading_engine(url, 0.05)
    with writing.begin() as connection:
        connection.execute(text("CREATE TABLE a (b TEXT)"))

    with writing.begin() as connection:
        connection.execute(text("INSERT INTO a VALUES ('uncommitted')"))
        with reading.begin() as other:
            assert other.scalars(text("SELECT b FROM a")).all() == []
