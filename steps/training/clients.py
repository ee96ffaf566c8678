"""The clients of a table as a step learns from them: judged, free of leaks, on record in its run."""

import numpy as np

from steps.run.console import progress
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.tracking.runs import log_data
from steps.training.data import TrainingData, training_data
from steps.training.leaks import refuse_leaks


def read_clients(table: FeatureTable, rows: np.ndarray, policy: Policy, context: str, seed: int) -> TrainingData:
    """The given rows, logged as the active run's dataset under `context`; raise `UserError` where they leak."""
    with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
        data = training_data(table, rows, policy)
        refuse_leaks(data, policy.implausible_auc, str(table.path), seed)
        log_data(table, rows, context)
    return data
