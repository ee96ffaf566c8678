"""Failures as sentences: place and remedy; a bug has none."""

import errno
import sqlite3

import duckdb
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from steps.run.atomic import atomic_write
from steps.run.failures import failure_sentence
from steps.run.settings import PROJECT


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EIO])
def test_an_error_of_the_system_names_the_path_and_a_remedy(code):
    sentence = failure_sentence(OSError(code, "reason", "/data/features.parquet"))

    assert sentence.startswith("/data/features.parquet: ")
    assert "; " in sentence


def test_the_target_of_a_copy_is_named_rather_than_its_source():
    assert failure_sentence(OSError(errno.ENOSPC, "", "/from", None, "/to")).startswith("/to: No space left on device")


def test_an_error_without_a_path_names_where_to_look():
    assert "(" in failure_sentence(OSError(errno.ENOSPC, "full"))


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        OSError("a library's own words"),
        FileNotFoundError(errno.ENOENT, "", str(PROJECT / "steps" / "tables" / "home_credit.yaml")),
        duckdb.BinderException("no such column"),
        sqlite3.ProgrammingError("closed"),
    ],
    ids=repr,
)
def test_what_may_be_a_bug_has_no_sentence(error):
    assert failure_sentence(error) is None


@pytest.mark.parametrize("statement", ["SELECT * FROM absent", "INSERT INTO a VALUES (1), (1)"])
def test_a_database_that_fails_has_a_sentence_but_a_row_that_breaks_a_rule_has_none(tmp_path, statement):
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (b INTEGER PRIMARY KEY)"))

    with engine.connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text(statement))

    sentence = failure_sentence(error.value)
    assert (sentence is None) == statement.startswith("INSERT")


def test_a_write_that_fails_names_the_file_and_not_its_temporary_name(tmp_path):
    out = tmp_path / "a.parquet"

    def fail() -> None:
        with atomic_write(out) as unfinished:
            unfinished.write_text("half")
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full") as error:
        fail()

    assert error.value.filename == str(out)
    assert not list(tmp_path.iterdir())
