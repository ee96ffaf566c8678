"""The holdout: the same clients in every table of any size."""

import numpy as np
import pandas as pd

from steps.tables.feature_table import FeatureTable


def held_out(table: FeatureTable, percent: int) -> np.ndarray:
    """(rows,) booleans: True for the latest `percent` % of a table with dates, else for as many by a hash of the id.

    Out of time is how a lender's model meets its clients.
    """
    if table.lineage.date is not None:
        return is_latest(table.frame[table.lineage.date], percent)
    return is_holdout(table.frame[table.lineage.id], percent)


def is_latest(dates: pd.Series, percent: int) -> np.ndarray:
    """(rows,) booleans: True after the day by which all but `percent` % have come; a day is never divided.

    A row without a date is none of the latest.
    """
    return (dates > dates.quantile(1 - percent / 100, interpolation="lower")).to_numpy()


def is_holdout(ids: pd.Series, percent: int) -> np.ndarray:
    """(rows,) booleans: True for about `percent` % of the clients, by a hash of the id.

    Clients keep their side when the table grows, so that a later model never trains on clients on whom an earlier one
    is evaluated.
    """
    hashes = pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), hash_key="credit-scoring/1")
    return hashes % np.uint64(100) < percent
