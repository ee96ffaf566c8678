"""The clients that a step trains on: validated, checked for leaks, logged in its run."""

import mlflow
import numpy as np

from steps.run.console import counted, listed, progress
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.tracking.runs import log_data
from steps.training.data import TrainingData, training_data
from steps.training.leaks import check_leaks
from steps.training.policy_fields import check_policy_fields

UNAVAILABLE = "features/unavailable.json"  # artifact of the run
LISTED = 5  # features that the console names


def read_clients(table: FeatureTable, rows: np.ndarray, policy: Policy, context: str, seed: int) -> TrainingData:
    """The given rows, logged as the active run's dataset under `context`; raise `UserError` where a feature leaks."""
    check_policy_fields(policy, table)
    with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
        data = training_data(table, rows, policy)
        check_leaks(data, policy.implausible_auc, str(table.path), seed)
        log_data(table, rows, context)
    report_unavailable(data.features.unavailable())
    return data


def report_unavailable(reasons: dict[str, str]) -> None:
    """Print and log the derived features that the data does not allow, each with its reason."""
    if not reasons:
        return
    if len(reasons) <= LISTED:
        names = "; ".join(f"{name} ({reason})" for name, reason in reasons.items())
    else:
        names = f"{listed(list(reasons), LISTED)}: the data lacks their inputs"
    print(f"  {counted(len(reasons), 'derived feature')} unavailable: {names}. Details: {UNAVAILABLE}")
    mlflow.log_dict(reasons, UNAVAILABLE)
