"""Replays of a version: what it would have decided about the requests on record."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from steps.evaluation.report.record import DOCUMENT
from steps.monitoring.past_windows import RUN_ID
from steps.registry.versions import registry_errors
from steps.run.mlflow_errors import is_absence
from steps.tracking.search import newest_runs

MOST = 5  # replays that a page lists, the latest first


@dataclass(frozen=True)
class Change:
    """Requests that would be decided otherwise: granted, refused, referred or undecided, then and now."""

    then: str
    now: str
    requests: int


@dataclass(frozen=True)
class Replay:
    """A replay of one version; shares are of the requests that it decides, None where there are none.

    `cost_change` is the mean expected cost of a decision less that on record, with its interval where it has one.
    """

    run: str
    at: datetime
    requests: int
    then: float | None
    now: float | None
    cost_change: float | None
    cost_low: float | None
    cost_high: float | None
    refused_by_contract: int
    changes: list[Change]
    is_own_policy: bool


def replays_of(model_name: str, number: str) -> list[Replay]:
    """The latest replays of a version; raises `UserError` where the tracking store fails."""
    own = f"params.model_name = '{model_name}' and params.version = '{number}'"
    with registry_errors(f"find the replays of {model_name} version {number}", "the page shows none"):
        runs = newest_runs(f"tags.step = 'replay' and attributes.status = 'FINISHED' and {own}", MOST)
        return [_replay(run) for run in runs]


def is_replay_of(model_name: str, number: str, run_id: str) -> bool:
    """Whether a run is a replay of this version; raises `UserError` where the tracking store fails."""
    if RUN_ID.fullmatch(run_id) is None:
        return False
    with registry_errors(f"find the replays of {model_name} version {number}", "the page shows none"):
        try:
            run = MlflowClient().get_run(run_id).data
        except MlflowException as error:
            if is_absence(error):
                return False
            raise
    named = {"model_name": model_name, "version": number}
    return run.tags.get("step") == "replay" and named.items() <= run.params.items()


def _replay(run: Run) -> Replay:
    metrics, report = run.data.metrics, _report(run.info.run_id)
    change = report.get("swap_set", {}).get("cost_change", {})
    moved = report.get("approvals", {}).get("moved", {})
    return Replay(
        run=run.info.run_id,
        at=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        requests=int(metrics.get("replay_requests", 0)),
        then=metrics.get("replay_approval_then"),
        now=metrics.get("replay_approval_now"),
        cost_change=metrics.get("replay_expected_cost_change"),
        cost_low=change.get("low"),
        cost_high=change.get("high"),
        refused_by_contract=int(metrics.get("replay_contract_refusals", 0)),
        changes=[
            Change(then, now, requests)
            for then, row in moved.items()
            for now, requests in row.items()
            if then != now and requests
        ],
        is_own_policy=run.data.params.get("policy") != "today",
    )


def _report(run_id: str) -> dict[str, Any]:
    """The figures of the replay's report; empty where the artifact is gone."""
    try:
        return mlflow.artifacts.load_dict(f"runs:/{run_id}/{DOCUMENT}")
    except (MlflowException, OSError, ValueError):
        return {}
