"""The environment of a served model: typed, read at once, errors by name and without the value."""

import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from custom_model.databases import display_url
from custom_model.environment import Environment
from custom_model.server.settings import Settings


def test_without_variables_there_is_no_log_and_no_history_store():
    environment = Environment.read({})

    assert environment.decision_log_uri is None
    assert environment.history_store_uri is None
    assert environment.history_store_down == "503"
    assert environment.metrics_port is None


def test_variables_are_read_with_their_types():
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


def test_a_blank_variable_counts_as_unset():
    assert Environment.read({"DECISION_LOG_URI": "", "METRICS_PORT": " "}) == Environment.read({})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DECISION_LOG_URI", "decisions.db", "expected a URL such as sqlite:////folder/file.db"),
        ("DECISION_LOG_URI", "postgres://host/name", "SQLAlchemy has no postgres"),
        ("DECISION_LOG_URI", "mysql://host/name", "the driver of mysql is not installed: MySQLdb"),
        ("DECISION_LOG_URI", "sqlite://", "expected a file"),
        ("DECISION_LOG_URI", "sqlite:///:memory:", "expected a file"),
        ("DECISION_LOG_WAIT", "0", "expected a number of more than 0"),
        ("DECISION_LOG_WAIT", "long", "expected a number"),
        ("DECISION_LOG_QUEUE", "0", "expected a number of at least 1"),
        ("HISTORY_STORE_URI", "no url", "expected a URL such as sqlite:////folder/file.db"),
        ("HISTORY_STORE_DOWN", "maybe", "expected '503' or 'none'"),
        ("METRICS_PORT", "70000", "expected a number of at most 65535"),
    ],
)
def test_a_wrong_value_is_reported_by_variable_and_expectation(name, value, message):
    with pytest.raises(ValueError, match=f"^{name}: .*{message}"):
        Environment.read({name: value})


@pytest.mark.parametrize("name", ["DECISION_LOG_URI", "HISTORY_STORE_URI"])
def test_a_third_kind_of_database_is_refused_in_one_line_though_its_driver_is_installed(name, monkeypatch):
    third = type("Third", (SQLiteDialect_pysqlite,), {"name": "third"})
    monkeypatch.setitem(registry.impls, "third", lambda: third)

    with pytest.raises(ValueError, match=f"^{name}: expected SQLite or PostgreSQL, got third$"):
        Environment.read({name: "third://lender:S3CRET@host/name"})


def test_every_wrong_variable_is_reported_without_its_value():
    with pytest.raises(ValueError, match=r"DECISION_LOG_URI: .*; METRICS_PORT: ") as error:
        Environment.read({"DECISION_LOG_URI": "postgres://user:S3CRET@host/name", "METRICS_PORT": "S3CRET"})

    assert "S3CRET" not in str(error.value)


@pytest.mark.parametrize("uri", ["postgresql://user:S3CRET@host/name", "postgresql://user@host/name?password=S3CRET"])
def test_a_url_is_displayed_without_its_password(uri):
    assert "S3CRET" not in display_url(make_url(uri))
    assert display_url(make_url(uri)).endswith("@host/name")


@pytest.mark.parametrize("settings", [Environment, Settings])
def test_every_variable_has_a_description(settings):
    assert all(field.description for field in settings.model_fields.values())


def test_the_process_has_the_variables_by_default_and_an_explicit_mapping_replaces_them(monkeypatch):
    monkeypatch.setenv("METRICS_PORT", "9100")

    assert Environment.read().metrics_port == 9100
    assert Environment.read({}).metrics_port is None


def test_an_instance_made_directly_reads_no_variable(monkeypatch):
    monkeypatch.setenv("MAX_ROWS", "7")

    assert Settings(served_model="model").max_rows == 1_000


def test_only_capitals_name_a_variable():
    assert Environment.read({"metrics_port": "9100", "Metrics_Port": "9100"}) == Environment.read({})


def test_a_missing_variable_without_a_default_is_reported():
    with pytest.raises(ValueError, match=r"^SERVED_MODEL: expected a value, found none$"):
        Settings.read({"MAX_ROWS": "7"})


def test_every_variable_with_a_default_is_listed_with_its_meaning():
    descriptions = dict(Settings.descriptions())

    meaning = "applications in one request, and thereby fields and objects in its body; beyond that 413"
    assert descriptions["MAX_ROWS"] == f"{meaning} [default: 1000]"
    assert "SERVED_MODEL" not in descriptions
