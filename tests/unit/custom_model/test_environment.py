"""The environment of a served model: typed, read at once, and wrong values told by name and without a password."""

import pytest
from sqlalchemy import make_url

from custom_model.databases import display_url
from custom_model.environment import Environment


def test_without_variables_nothing_is_recorded_and_nothing_looked_up():
    environment = Environment.read({})

    assert environment.decision_log_uri is None
    assert environment.history_store_uri is None
    assert environment.history_store_down == "503"
    assert environment.metrics_port is None


def test_variables_are_read_as_what_they_are():
    environment = Environment.read(
        {
            "DECISION_LOG_URI": " sqlite:////srv/decisions.db ",
            "DECISION_LOG_WAIT": "2.5",
            "DECISION_LOG_QUEUE": "100",
            "HISTORY_STORE_DOWN": "none",
            "METRICS_PORT": "9100",
            "PATH": "/usr/bin",
        }
    )

    assert environment.decision_log_uri.database == "/srv/decisions.db"
    assert environment.decision_log_wait == 2.5
    assert environment.decision_log_queue == 100
    assert environment.history_store_down == "none"
    assert environment.metrics_port == 9100


def test_a_blank_variable_is_as_none():
    assert Environment.read({"DECISION_LOG_URI": "", "METRICS_PORT": " "}) == Environment.read({})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DECISION_LOG_URI", "decisions.db", "expected a URL of SQLAlchemy"),
        ("DECISION_LOG_URI", "postgres://host/name", "SQLAlchemy has no postgres"),
        ("DECISION_LOG_URI", "mysql://host/name", "the driver of mysql is not installed: MySQLdb"),
        ("DECISION_LOG_URI", "sqlite://", "expected a file"),
        ("DECISION_LOG_URI", "sqlite:///:memory:", "expected a file"),
        ("DECISION_LOG_WAIT", "0", "expected greater than 0"),
        ("DECISION_LOG_WAIT", "long", "expected a valid number"),
        ("DECISION_LOG_QUEUE", "0", "expected greater than or equal to 1"),
        ("HISTORY_STORE_URI", "no url", "expected a URL of SQLAlchemy"),
        ("HISTORY_STORE_DOWN", "maybe", "expected '503' or 'none'"),
        ("METRICS_PORT", "70000", "expected less than or equal to 65535"),
    ],
)
def test_a_wrong_value_is_told_by_the_variable_and_what_was_expected(name, value, says):
    with pytest.raises(ValueError, match=f"^{name}: .*{says}"):
        Environment.read({name: value})


def test_every_wrong_variable_is_told_and_no_password():
    with pytest.raises(ValueError, match=r"DECISION_LOG_URI: .*; METRICS_PORT: ") as wrong:
        Environment.read({"DECISION_LOG_URI": "postgres://user:S3CRET@host/name", "METRICS_PORT": "S3CRET"})

    assert "S3CRET" not in str(wrong.value)


@pytest.mark.parametrize("uri", ["postgresql://user:S3CRET@host/name", "postgresql://user@host/name?password=S3CRET"])
def test_a_url_is_shown_without_its_password(uri):
    assert "S3CRET" not in display_url(make_url(uri))
    assert display_url(make_url(uri)).endswith("@host/name")


def test_every_variable_is_described():
    assert all(field.description for field in Environment.model_fields.values())
