"""Runs of the tracking store, found by what they recorded."""

from mlflow import MlflowClient
from mlflow.entities import Run


def newest_runs(condition: str, most: int) -> list[Run]:
    """The newest runs under this condition of MLflow's search, in whichever experiment, the last one first.

    Raises
    ------
    MlflowException
        The store fails, or the condition is none.
    """
    client = MlflowClient()
    experiments = [each.experiment_id for each in client.search_experiments()]
    return list(client.search_runs(experiments, condition, max_results=most, order_by=["attributes.start_time DESC"]))
