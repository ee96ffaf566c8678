"""The clients that a step trains on: validated, checked for leaks, logged in its run."""

import numpy as np

from steps.run.console import progress
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.tracking.runs import log_data
from steps.training.data import TrainingData, training_data
from steps.training.leaks import check_leaks


def read_clients(table: FeatureTable, rows: np.ndarray, policy: Policy, context: str, seed: int) -> TrainingData:
    """The given rows, logged as the active run's dataset under `context`; raise `UserError` where a feature leaks."""
    with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
        data = training_data(table, rows, policy)
        check_leaks(data, policy.implausible_auc, str(table.path), seed)
        log_data(table, rows, context)
    return data
