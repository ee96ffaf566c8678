"""The clients that a step trains on: validated, checked for leaks, logged in its run."""

from collections.abc import Sequence

import mlflow
import numpy as np

from steps.run.console import counted, listed, progress
from steps.run.policy import Policy
from steps.run.settings import LeaksTreatment
from steps.tables.feature_table import FeatureTable
from steps.tracking.runs import log_data
from steps.training.data import TrainingData, training_data
from steps.training.directions import FREE, LEFT_OUT, in_words
from steps.training.leaks import Leak, find_leaks, leaking_fields, stop_at, without
from steps.training.loan_moves import checked_moves
from steps.training.policy_fields import check_policy_fields, report_lacking
from steps.training.wording import checked_wording

UNAVAILABLE, LEAKS = "features/unavailable.json", "features/leaks.json"  # artifacts of the run
DIRECTIONS = "features/directions.json"
LISTED = 5  # features that the console names


def read_clients(table: FeatureTable, rows: np.ndarray, policy: Policy, context: str, seed: int) -> TrainingData:
    """The given rows, logged as the active run's dataset under `context`.

    Raise `UserError` where a feature leaks, or policy.yaml names or words what the data does not have,
    or lets more than the loan move. Where the
    table's lineage says `leave-out`, the fields that leak are left out instead, and named.
    """
    check_policy_fields(policy, table)
    report_lacking(policy, table)
    with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
        data = training_data(table, rows, policy)
        checked_wording(policy.wording, data.contract, data.directions)
        checked_moves(policy, data.contract, table.lineage.meanings)
        leaks = find_leaks(data, table, rows, policy.implausible_auc, seed)
        if table.lineage.leaks is LeaksTreatment.stop:
            stop_at(leaks, policy.implausible_auc, table)
        log_data(table, rows, context)
    if leaks:
        fields = leaking_fields(data, leaks)
        report_left_out(leaks, fields)
        data = without(data, fields, str(table.path))
    report_unavailable(data.features.unavailable())
    report_directions(data)
    return data


def report_left_out(leaks: Sequence[Leak], fields: Sequence[str]) -> None:
    """Print and log the leaks, and the fields that the model does not use for them."""
    print(f"  warning: left out, as they reveal the outcome: {listed(list(map(str, leaks)), LISTED)}. Details: {LEAKS}")
    found = [{"features": list(leak.features), "auc": leak.auc, "how": leak.how or "by its value"} for leak in leaks]
    mlflow.log_dict({"left_out": list(fields), "leaks": found}, LEAKS)
    mlflow.log_metric("leaking_fields", len(fields))


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


def report_directions(data: TrainingData) -> None:
    """Print and log the features with which the risk moves one way only, and those that could not have a direction."""
    if not data.directions and not data.undirected:
        return
    parts = [f"risk moves one way with {counted(len(data.directions), 'feature')}"]
    left_out, free = (
        [name for name, reason in data.undirected.items() if reason.startswith(what)] for what in (LEFT_OUT, FREE)
    )
    parts += [f"{LEFT_OUT} for it: {listed(left_out, LISTED)}"] if left_out else []
    parts += [f"{FREE}: {len(free)} changes over time and comparisons of windows"] if free else []
    print(f"  {'; '.join(parts)}. Details: {DIRECTIONS}")
    mlflow.log_dict({"directions": in_words(data.directions), "undirected": dict(data.undirected)}, DIRECTIONS)
