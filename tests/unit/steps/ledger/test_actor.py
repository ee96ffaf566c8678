"""Who acts: the login to MLflow, else the operating system's user."""

import os
import pwd

import pytest

from steps.ledger import actor
from steps.ledger.actor import acting, person_in
from steps.run.console import UserError
from steps.run.policy import read_policy


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home without a login to MLflow."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME", raising=False)
    monkeypatch.delenv("ACTING_FOR", raising=False)
    return tmp_path


@pytest.fixture
def desk_login(monkeypatch) -> str:
    """The login of the desk, by a policy that names it."""
    policy = read_policy()
    monkeypatch.setattr(actor, "read_policy", lambda: policy.model_copy(update={"desk_login": "desk-service"}))
    return "desk-service"


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


def test_the_person_at_a_desk_acts_where_nobody_logs_in(monkeypatch):
    monkeypatch.setenv("ACTING_FOR", "ana")

    assert acting() == "ana"


def test_the_desks_login_and_its_person_both_act(monkeypatch, desk_login):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", desk_login)
    monkeypatch.setenv("ACTING_FOR", "ana")

    assert acting() == "ana, through desk-service"
    assert person_in(acting()) == "ana"


def test_no_other_login_can_act_for_somebody(monkeypatch, desk_login):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "olga")
    monkeypatch.setenv("ACTING_FOR", "maria")

    with pytest.raises(UserError, match=r"may act for others, desk-service by `desk_login`.*; got olga"):
        acting()


def test_by_the_policy_as_it_is_no_login_acts_for_others(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "desk-service")
    monkeypatch.setenv("ACTING_FOR", "maria")

    with pytest.raises(UserError, match="may act for others, none by"):
        acting()


@pytest.mark.parametrize("name", ["ana\nmaria", " ", "ana, through desk-service", "a" * 201, "ana\u202e"])
def test_what_is_no_name_of_a_person_acts_for_nobody(monkeypatch, name):
    monkeypatch.setenv("ACTING_FOR", name)

    with pytest.raises(UserError, match="expected the name of a person"):
        acting()
