"""The holdout: the latest clients of a table with dates, else the same clients in every table of any size."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from steps.run.console import UserError, counted
from steps.tables.feature_table import FeatureTable

EPOCH = date(1970, 1, 1)


def held_out(table: FeatureTable, percent: int) -> np.ndarray:
    """(rows,) booleans: True for the latest `percent` % of a table with dates, else for as many by a hash of the id.

    Out of time is how a lender's model meets its clients. Raise `UserError` where all clients came on the same day.
    """
    if table.lineage.date is not None:
        return is_latest(table.frame[table.lineage.date], percent, table.lineage.date)
    return is_holdout(table.frame[table.lineage.id], percent)


def in_words(table: FeatureTable, held: np.ndarray) -> str:
    """Who is held out, as a report says it: "the latest 20 % by issue_d, from 2017-06-01 on"."""
    if held.all():
        return "all clients"
    if table.lineage.date is None:
        return f"{held.mean():.0%} of the clients, by a hash of the id"
    days = table.frame[table.lineage.date]
    first = EPOCH + timedelta(days=int(days[held].min()))
    undated = int(days.isna().sum())
    said = f"the latest {held.mean():.0%} by {table.lineage.date}, from {first} on"
    return f"{said}; {counted(undated, 'client')} without a date not among them" if undated else said


def report_holdout(table: FeatureTable, held: np.ndarray) -> None:
    """Print who is held out where that is not the usual fifth."""
    if table.lineage.date is not None:
        print(f"  held out: {in_words(table, held)}")


def is_latest(days: pd.Series, percent: int, name: str = "date") -> np.ndarray:
    """(rows,) booleans: True from that day on from which the share of the rows is nearest to `percent` %.

    A day is never divided, so that of monthly dates it is whole months. A row without a date is none of the latest.
    Of 10 rows in each of five months, 20 % are the 10 of the last one. Raise `UserError` for fewer than two days.
    """
    counts = days.value_counts().sort_index()
    if len(counts) < 2:
        raise UserError(
            f"date: {name} is the same in every row: a holdout out of time needs two days at least; name another "
            "column or none as the `date` of the description"
        )
    # The first day is never held out: there must be clients to train on.
    shares = counts[::-1].cumsum()[::-1].iloc[1:] / len(days)
    start = (shares - percent / 100).abs().idxmin()
    return (days >= start).to_numpy()


def is_holdout(ids: pd.Series, percent: int) -> np.ndarray:
    """(rows,) booleans: True for about `percent` % of the clients, by a hash of the id.

    Clients keep their side when the table grows, so that a later model never trains on clients on whom an earlier one
    is evaluated.
    """
    hashes = pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), hash_key="credit-scoring/1")
    return hashes % np.uint64(100) < percent
