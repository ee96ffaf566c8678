"""Database URLs: valid in settings, without secrets in messages."""

import contextlib
import itertools
import logging
import sqlite3

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from custom_model.databases import (
    Database,
    check_address,
    dialect_of,
    display_url,
    driver_message,
    has_login,
    has_secret,
    read_url,
    without_credentials,
)
from custom_model.decision_log import DecisionLog
from custom_model.environment import Environment
from custom_model.errors import Unavailable

DATABASE = TypeAdapter(Database, config=ConfigDict(arbitrary_types_allowed=True))
FIRST, SECOND = "Xq7vKw", "Zr9tBn"  # the halves of a password, which nothing else contains
SEPARATORS = [
    *("@", ":", "/", "?", "#", "%", "[", "]", "@@", ":@", "@:", "/@", "@/", "?@", "@?", "#@", "%40@", "@["),
    *("é@ß", " @", "?a=@", "&b=c@", "@1:", ":1@", "//@", "@\n", "\\@"),
]
SHAPES = [
    "postgresql://lender:{}@127.0.0.1:1/credit",
    "postgresql+psycopg://lender:{}@127.0.0.1:1/credit?connect_timeout=2",
    "postgresql://lender:{}@127.0.0.1:1",
    "postgresql://len/der:{}@127.0.0.1:1/credit",
    "postgresql://127.0.0.1:1/credit?user=lender&password={}",
    "postgresql://127.0.0.1:1?user=lender&password={}",
    "postgresql://lender@127.0.0.1:1/credit?password={}",
    "mysql://lender:{}@127.0.0.1/credit",
    "sqlite://lender:{}@host/credit.db",
    "lender:{}@127.0.0.1/credit",
]
WITHOUT_HOST = ["postgresql://lender:{}", "postgresql://lender:{}/credit"]  # what follows an @ is a host, indeed
URLS = [
    shape.format(FIRST + separator + SECOND)
    for shape, separator in [
        *itertools.product(SHAPES, SEPARATORS),
        *itertools.product(WITHOUT_HOST, [each for each in SEPARATORS if "@" not in each and each != "/"]),
    ]
]


def shown(message: object) -> list[str]:
    """The pieces of the password that are in a message, of four characters at least."""
    pieces = {half[start : start + 4] for half in (FIRST, SECOND) for start in range(len(half) - 3)}
    return [piece for piece in pieces if piece.lower() in str(message).lower()]


def test_a_url_is_validated_once_and_stays_the_same():
    url = DATABASE.validate_python("  sqlite:////srv/log.db\n")

    assert url == make_url("sqlite:////srv/log.db")
    assert DATABASE.validate_python(url) == url


def test_an_asynchronous_driver_is_rejected():
    with pytest.raises(ValidationError, match=r"expected a synchronous driver, got postgresql\+psycopg_async"):
        DATABASE.validate_python("postgresql+psycopg_async://host/name")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/a@b/c@d.db",
        "sqlite:///relative@there.db",
        "postgresql:///name",
        "postgresql://host/name",
        "postgresql://user@host/name",
        "postgresql://user:p%40ss@host:5432/name?sslmode=verify-full&application_name=a%40b",
        "postgresql://user:pa:ss?w/or#d[1]%zz@host/name",
        "postgresql://user:x@[::1]:5432/name",
        "postgresql://host/name?password=p@ss",
    ],
)
def test_a_url_that_can_be_read_in_one_way_only_is_accepted(url):
    assert read_url(url) == make_url(url)


@pytest.mark.parametrize("url", URLS)
def test_no_part_of_a_password_is_in_any_message_whatever_its_characters(url, caplog):
    messages = []
    with caplog.at_level(logging.DEBUG):
        try:
            read = Environment.read({"DECISION_LOG_URI": url}).decision_log_uri
        except ValueError as error:
            messages.append(error)
        else:
            messages.append(display_url(read))
            with pytest.raises(Exception) as failed:  # noqa: PT011  # of whatever kind: its message counts
                dialect_of(read).writing_engine(read, 1.0).connect()
            messages.append(driver_message(failed.value))
            log = DecisionLog(read, wait=2.0)
            with pytest.raises(Unavailable) as withheld:
                log.submit([]).result(10)
            messages.append(withheld.value)
        with contextlib.suppress(ValueError):
            check_address(url)

    assert shown(messages) == []
    assert shown(caplog.text) == []


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_web_servers_address_is_refused_where_its_password_could_be_shown(scheme, separator):
    address = f"{scheme}://lender:{FIRST}{separator}{SECOND}@127.0.0.1:1/mlflow"

    if separator in (":", "%"):
        check_address(address)
        assert without_credentials(f"{address} failed") == f"{scheme}://***@127.0.0.1:1/mlflow failed"
    else:
        with pytest.raises(ValueError, match="expected a URL with one @ at most") as error:
            check_address(address)
        assert shown(error.value) == []


@pytest.mark.parametrize(
    "address",
    ["models:/credit-scoring@champion", "file:///a@b/c@d", "s3://bucket/a@b/c@d", "/srv/a@b", "", "databricks://profile",
     "https://user:p%40ss@host/mlflow", "http://host:5000", "sqlite:////srv/a@b@c/mlflow.db"],
)  # fmt: skip
def test_an_address_without_an_ambiguous_password_is_accepted(address):
    check_address(address)


def test_a_displayed_url_has_neither_password_nor_query():
    url = make_url("postgresql+psycopg://user:S3CRET@host:5433/name?sslpassword=S3CRET")

    assert display_url(url) == "postgresql+psycopg://user:***@host:5433/name"


@pytest.mark.parametrize(
    ("url", "has"),
    [
        ("postgresql://user@host/name?sslmode=require", False),
        ("postgresql://user:x@host/name", True),
        ("postgresql://host/name?password=x", True),
        ("postgresql://host/name?sslpassword=x", True),
    ],
)
def test_a_password_counts_in_its_place_and_in_the_query(url, has):
    assert has_secret(make_url(url)) is has


@pytest.mark.parametrize(
    ("address", "displayed"),
    [
        ("postgresql://host/db?user=u&password=S3CRET", "postgresql://host/db?user=u&password=***"),
        ("postgresql://u:S3CRET@host/db?sslpassword=S3CRET&x=1", "postgresql://***@host/db?sslpassword=***&x=1"),
        ("https://host/?access_token=S3CRET", "https://host/?access_token=***"),
        ("https://host/m.zip?X-Amz-Signature=S3CRET#part", "https://host/m.zip?X-Amz-Signature=***#part"),
        ("https://host.blob/m?sv=2026&sig=S3CRET", "https://host.blob/m?sv=2026&sig=***"),
        ("postgresql://host/db?password=S3@CRET", "postgresql://***"),
    ],
)
def test_a_secret_in_the_query_is_a_login_and_not_displayed(address, displayed):
    assert has_login(address)
    assert without_credentials(f"{address} failed") == f"{displayed} failed"


@pytest.mark.parametrize(
    "address", ["postgresql://host/db?sslmode=require", "https://host/m?design=2", "/srv/a?token=b"]
)
def test_a_query_without_a_secret_is_no_login(address):
    assert not has_login(address)


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
        (ValueError("no postgresql://user:p@ss@host/name here"), "no postgresql://***@host/name here"),
    ],
)
def test_a_message_is_one_line_and_sqlalchemys_where_the_driver_has_none(error, message):
    assert driver_message(error) == message
