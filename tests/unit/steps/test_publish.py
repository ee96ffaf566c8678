"""The command `publish`: its store and its messages."""

import pytest
from sqlalchemy import make_url

from steps import publish as step
from steps.run.console import UserError
from steps.run.settings import PROJECT, Settings


@pytest.fixture
def stores(monkeypatch) -> list[str]:
    """The URLs of the stores to which the command would publish."""
    stores: list[str] = []
    monkeypatch.setattr(step, "publish", lambda data, settings, store, engine: stores.append(store))
    return stores


def test_a_password_in_the_parameter_is_warned_of_and_not_repeated(stores, capsys):
    step.main("sample", "postgresql://lender:SECRET@db/credit")

    output = capsys.readouterr()
    assert "Use HISTORY_STORE_URI instead" in output.err
    assert "SECRET" not in output.err + output.out


def test_without_a_password_there_is_no_warning(stores, capsys):
    step.main("sample", "postgresql://lender@db/credit")
    step.main("sample", "")

    assert capsys.readouterr() == ("", "")
    assert stores == ["postgresql://lender@db/credit", ""]


def test_the_store_is_that_of_the_environment_or_a_file_in_the_data_folder(monkeypatch):
    monkeypatch.setenv("HISTORY_STORE_URI", "postgresql://lender@db/credit")
    assert step.Settings().history_store == "postgresql://lender@db/credit"

    monkeypatch.delenv("HISTORY_STORE_URI")
    assert make_url(step.Settings().history_store).database == str(PROJECT / "data" / "history.db")


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("history.db", "store: expected a URL"),
        ("sqlite://", "store: expected a file"),
        ("mysql://lender:SECRET@db/credit", "store: the driver of mysql is not installed"),
    ],
)
def test_an_invalid_store_is_an_error_that_does_not_repeat_it(store, message):
    with pytest.raises(UserError, match=message) as error:
        step.publish("sample", Settings(), store)

    assert "SECRET" not in str(error.value)
