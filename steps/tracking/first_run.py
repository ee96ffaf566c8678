"""The first `mlflow run` of `make run`: it creates the tracking store in the same process.

Two processes would import MLflow one after the other, which takes seconds without compiled modules; so does the part of
its command line that is no `mlflow run`.
"""

import logging
import signal
import sys
from typing import Annotated

import mlflow
import typer
from mlflow.exceptions import MlflowException
from mlflow.projects import ExecutionException

from steps.run.console import UserError, run
from steps.run.mlflow_errors import is_store_failure
from steps.run.printable import clipped
from steps.run.project_run import use_experiment
from steps.run.settings import PROJECT, Settings
from steps.tracking.store import open_store

logger = logging.getLogger("mlflow.projects")


def create_store(uri: str, experiment: str) -> None:
    """Create the tracking store and an experiment, where they do not exist.

    `mlflow run` creates them, too, and fails where two first runs do so at once. Raise `UserError` where the store
    cannot be reached, or the experiment not be used.
    """
    open_store(uri)
    mlflow.set_tracking_uri(uri)
    try:
        use_experiment(experiment)
    except MlflowException as error:
        if is_store_failure(error):
            raise
        raise UserError(f"experiment: {clipped(experiment)} cannot be used: {clipped(error.message)}") from None


def main(
    experiment_name: Annotated[str, typer.Option(help="Experiment to create, and to run in.")],
    parameters: Annotated[list[str], typer.Option("-P", help="A parameter of the entry point main, as NAME=VALUE.")],
) -> None:
    """Create the tracking store and an experiment, then do as `mlflow run . --env-manager local` with these options.

    Example: python -m steps.tracking.first_run --experiment-name credit-scoring -P data=sample
    """
    named = dict(map(_named, parameters))
    create_store(Settings().tracking_uri, experiment_name)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as MLflow's command line has it
    try:
        mlflow.projects.run(str(PROJECT), experiment_name=experiment_name, parameters=named, env_manager="local")
    except ExecutionException as error:
        logger.error("=== %s ===", error)
        sys.exit(1)


def _named(parameter: str) -> tuple[str, str]:
    name, equals, value = parameter.partition("=")
    if not equals:
        raise UserError(f"-P: expected NAME=VALUE, got {clipped(parameter)}")
    return name, value


if __name__ == "__main__":
    run(main)
