"""The run that `mlflow run` makes before a step starts: nameless, and in the experiment Default where none is named."""

import os
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Experiment, Param, Run
from mlflow.utils.mlflow_tags import MLFLOW_PROJECT_ENTRY_POINT, MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE

RUN_ID = "MLFLOW_RUN_ID"
EXPERIMENT = "credit-scoring"
EXPERIMENT_NAME, EXPERIMENT_ID = "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"
DEFAULT_EXPERIMENT = "0"  # the id of MLflow's experiment Default
CONTINUED_BY, STARTED_AS = "continued_by", "started_as"  # tags of either run, with the other's id
ERROR = "error"  # tag of a failed run
LONGEST_REASON = 2_000  # characters; MLflow stores 8,000 of a tag
NOT_COPIED = {"client", "storage", "store", "log"}  # a client's id, and URLs that may have a password


def is_project_run() -> bool:
    """Whether `mlflow run` made a run for this process that no step has started yet."""
    return RUN_ID in os.environ


def use_experiment(name: str | None = None, identity: str | None = None) -> Experiment:
    """Make an experiment, by name or id, the active one; one that does not exist under its name is created.

    MLflow also names it in the environment, for every run of this process and its children: only a caller may.
    """
    is_named = EXPERIMENT_ID in os.environ
    experiment = mlflow.set_experiment(name, identity)
    if not is_named:
        os.environ.pop(EXPERIMENT_ID, None)
    return experiment


def adopt(name: str) -> None:
    """Name the run of `mlflow run`, and continue it in the project's experiment where the caller chose none.

    MLflow cannot move a run out of Default, and an MLproject cannot name an experiment: the run that the caller got
    stays there with a link, and a run with its parameters and tags takes its place in this process.
    """
    client, run_id = MlflowClient(), os.environ[RUN_ID]
    run = client.get_run(run_id)
    if run.info.experiment_id != DEFAULT_EXPERIMENT or os.environ.get(EXPERIMENT_NAME):
        client.set_tag(run_id, MLFLOW_RUN_NAME, name)
        return
    experiment = use_experiment(EXPERIMENT)
    tags = {key: value for key, value in run.data.tags.items() if key != MLFLOW_RUN_NAME}
    tags[STARTED_AS] = run_id
    continued = client.create_run(experiment.experiment_id, run_name=name, tags=tags)
    params = [Param(key, value) for key, value in run.data.params.items() if key not in NOT_COPIED]
    client.log_batch(continued.info.run_id, params=params)
    link = run_link(continued, f"{name}, in the experiment {EXPERIMENT}")
    client.set_tag(run_id, MLFLOW_RUN_NAME, f"{name} (in {EXPERIMENT})")
    client.set_tag(run_id, MLFLOW_RUN_NOTE, f"This run is continued by {link}. `--experiment-name` chooses another.")
    client.set_tag(run_id, CONTINUED_BY, continued.info.run_id)
    os.environ[RUN_ID] = continued.info.run_id


def copy_metrics(run_id: str) -> None:
    """Copy the final metrics of a run to the one that it continues, whose id a caller of `mlflow.projects.run` has."""
    client = MlflowClient()
    run = client.get_run(run_id)
    if STARTED_AS in run.data.tags:
        for name, value in run.data.metrics.items():
            client.log_metric(run.data.tags[STARTED_AS], name, value)


def end_unstarted(status: str, reason: str = "") -> None:
    """Name and end the run of `mlflow run` for a step that has ended without a run of its own."""
    client = MlflowClient()
    adopt(_name(client.get_run(os.environ[RUN_ID])))
    run_id = os.environ.pop(RUN_ID)
    for tag, value in (failure_tags(reason) if reason else {}).items():
        client.set_tag(run_id, tag, value)
    client.set_terminated(run_id, status)


def _name(run: Run) -> str:
    """The entry point, and the data or the action that the run has as a parameter."""
    params = run.data.params
    subject = Path(params["data"]).name if "data" in params else params.get("action", "")
    return f"{run.data.tags.get(MLFLOW_PROJECT_ENTRY_POINT, 'step')} {subject}".strip()


def failure_tags(reason: str, description: str = "") -> dict[str, str]:
    """The tags of a run that did not finish: the reason, and a description that begins with it."""
    reason = reason[:LONGEST_REASON]
    return {ERROR: reason, MLFLOW_RUN_NOTE: f"**Did not finish:** {reason}\n\n{description}".strip()}


def run_link(run: Run, text: str) -> str:
    """A link to a run in MLflow's UI, in Markdown."""
    return f"[{text}](#/experiments/{run.info.experiment_id}/runs/{run.info.run_id})"
