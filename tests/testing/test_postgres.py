"""The temporary PostgreSQL server: durable on request, and an error that names the missing package."""

import psycopg
import pytest

from testing import postgres
from testing.postgres import PostgresMissing, fresh_database, postgres_cluster
from tests.postgres import postgres_of_the_tests


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        ((value,),) = connection.execute(f"SHOW {name}").fetchall()
    return value


@pytest.fixture
def without_postgres(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_what_is_not_installed_is_named(without_postgres):
    with pytest.raises(PostgresMissing, match="Debian's package `postgresql`"), postgres_cluster():
        pass


def test_where_it_is_not_installed_tests_are_skipped_by_the_same_name(without_postgres):
    with pytest.raises(pytest.skip.Exception, match="Debian's package `postgresql`"), postgres_of_the_tests():
        pass


@pytest.mark.slow
def test_a_server_waits_for_the_disk_and_the_tests_own_does_not(postgres_running):
    assert setting(postgres_running, "fsync") == "off"
    with postgres_cluster() as durable:
        assert (setting(durable.url, "fsync"), setting(durable.url, "synchronous_commit")) == ("on", "on")


@pytest.mark.slow
def test_a_fresh_database_is_another_each_time(postgres_running):
    one, other = fresh_database(postgres_running), fresh_database(postgres_running)

    assert setting(one, "server_version") == setting(other, "server_version")
    assert one != other
