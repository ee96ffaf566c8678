"""How long the registry is waited for: MLflow itself asks a server that is away for minutes, and a page hangs."""

import os

from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT

PAGES = {MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1", MLFLOW_HTTP_REQUEST_TIMEOUT: "10"}  # seconds


def be_quick() -> None:
    """Let this process wait as long as a page may, unless the operator's variables say how long."""
    for variable, value in PAGES.items():
        os.environ.setdefault(variable.name, value)


def of_commands() -> dict[str, str]:
    """The variables of a command, which changes something and waits as MLflow does, or as the operator's say."""
    return {each.name: str(each.default) for each, value in PAGES.items() if os.environ.get(each.name) == value}
