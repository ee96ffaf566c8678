"""The command that publishes: where to, and what is said of it."""

import pytest
from sqlalchemy import make_url

from steps import publish as step
from steps.run.console import UserError
from steps.run.settings import PROJECT, Settings


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """What the command would publish to, in place of publishing."""
    asked = []
    monkeypatch.setattr(step, "publish", lambda data, settings, store, engine: asked.append(store))
    return asked


def test_a_password_in_the_parameter_is_warned_of_and_not_repeated(asked, capsys):
    step.main("sample", "postgresql://lender:SECRET@db/credit")

    said = capsys.readouterr()
    assert "Use HISTORY_STORE_URI instead" in said.err
    assert "SECRET" not in said.err + said.out


def test_without_a_password_nothing_is_said(asked, capsys):
    step.main("sample", "postgresql://lender@db/credit")
    step.main("sample", "")

    assert capsys.readouterr() == ("", "")
    assert asked == ["postgresql://lender@db/credit", ""]


def test_the_store_is_the_environments_or_a_file_among_the_data(monkeypatch):
    monkeypatch.setenv("HISTORY_STORE_URI", "postgresql://lender@db/credit")
    assert step.Settings().history_store == "postgresql://lender@db/credit"

    monkeypatch.delenv("HISTORY_STORE_URI")
    assert make_url(step.Settings().history_store).database == str(PROJECT / "data" / "history.db")


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("history.db", "store: expected a URL"),
        ("sqlite://", "store: expected a file"),
        ("mysql://lender:SECRET@db/credit", "store: the driver of mysql is not installed"),
    ],
)
def test_a_store_that_is_none_is_refused_without_repeating_it(store, said):
    with pytest.raises(UserError, match=said) as refused:
        step.publish("sample", Settings(), store)

    assert "SECRET" not in str(refused.value)
