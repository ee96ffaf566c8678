"""Who acts: the login to MLflow, else the operating system's user."""

import os
import pwd

import pytest

from steps.ledger.actor import acting


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home without a login to MLflow."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME", raising=False)
    return tmp_path


def test_the_login_to_mlflow_comes_first(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "maria")

    assert acting() == "maria"


def test_a_login_that_mlflow_reads_from_its_file_counts_alike(home, monkeypatch):
    (home / ".mlflow").mkdir()
    (home / ".mlflow" / "credentials").write_text("[mlflow]\nmlflow_tracking_username = olga\n")

    assert acting() == "olga"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "maria")
    assert acting() == "maria"


def test_without_a_login_it_is_the_user_of_the_process_whatever_its_environment_says(monkeypatch):
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "maria")

    assert acting() == pwd.getpwuid(os.geteuid()).pw_name


def test_a_user_without_a_name_is_a_number(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)

    assert acting() == "user 54321"
