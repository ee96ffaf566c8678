"""Database URLs: valid in settings, without secrets in messages."""

import sqlite3

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from custom_model.databases import Database, display_url, driver_message

DATABASE = TypeAdapter(Database, config=ConfigDict(arbitrary_types_allowed=True))


def test_a_url_is_validated_once_and_stays_the_same():
    url = DATABASE.validate_python("  sqlite:////srv/log.db\n")

    assert url == make_url("sqlite:////srv/log.db")
    assert DATABASE.validate_python(url) == url


def test_an_asynchronous_driver_is_rejected():
    with pytest.raises(ValidationError, match=r"expected a synchronous driver, got postgresql\+psycopg_async"):
        DATABASE.validate_python("postgresql+psycopg_async://host/name")


def test_a_displayed_url_has_neither_password_nor_query():
    url = make_url("postgresql+psycopg://user:S3CRET@host:5433/name?sslpassword=S3CRET")

    assert display_url(url) == "postgresql+psycopg://user:***@host:5433/name"


def test_a_message_is_the_drivers_own_without_the_statement():
    with create_engine("sqlite://").connect() as connection, pytest.raises(OperationalError) as error:
        connection.execute(text("SELECT * FROM nowhere WHERE id = :id"), {"id": "S3CRET"})

    assert driver_message(error.value) == "no such table: nowhere"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("first\nsecond")), "first"),
        (ArgumentError("SQLAlchemy's own"), "SQLAlchemy's own"),
        (ArgumentError(" \n"), "ArgumentError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_message_is_one_line_and_sqlalchemys_where_the_driver_has_none(error, message):
    assert driver_message(error) == message
