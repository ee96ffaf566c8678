"""How long the registry is waited for, by pages and by commands."""

import pytest
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT

from desk.registry_patience import be_quick, of_commands


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for each in (MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT):
        monkeypatch.setenv(each.name, "0")  # so that it is put back as it was
        monkeypatch.delenv(each.name)


def test_pages_wait_for_seconds_and_commands_as_mlflow_does():
    patient = {each.name: str(each.get()) for each in (MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT)}

    be_quick()

    assert (1 + MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()) * MLFLOW_HTTP_REQUEST_TIMEOUT.get() <= 20
    assert of_commands() == patient


def test_the_operators_own_variables_hold_for_both(monkeypatch):
    monkeypatch.setenv(MLFLOW_HTTP_REQUEST_MAX_RETRIES.name, "3")

    be_quick()

    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 3
    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.name not in of_commands()
