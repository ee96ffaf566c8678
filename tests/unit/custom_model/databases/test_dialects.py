"""What differs between databases, each behind the same face."""

import pytest
from sqlalchemy import create_engine, make_url, text

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
            dialect.clear_erased(writing, "decisions")

    dialect.clear_erased(writing, "decisions")
    assert not any(b"S3CRET" in file.read_bytes() for file in tmp_path.iterdir())
