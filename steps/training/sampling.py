"""A stratified sample of the training clients."""

import numpy as np

from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import training_rows


def sampled_rows(table: FeatureTable, clients: int, settings: Settings) -> np.ndarray:
    """(rows,) booleans: a sample of `clients` training clients with the default rate of all; 0: all of them.

    Raise `UserError` where a sample of this size lacks one of the outcomes.
    """
    from sklearn.model_selection import train_test_split

    rows = training_rows(table, settings.holdout_percent)
    training = np.flatnonzero(rows)
    if not 0 < clients < len(training):
        return rows
    target = table.frame[table.lineage.target].to_numpy()[training]
    try:
        drawn, _ = train_test_split(training, train_size=clients, stratify=target, random_state=settings.seed)
    except ValueError as error:
        raise UserError(f"clients: {clients} are too few to compare families: {error}") from None
    return np.isin(np.arange(len(rows)), drawn)
