"""Labels of loans, as a lender's file has them: whose loan, whether it defaulted, and when that was seen."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from steps.evaluation.report.document import Figures
from steps.run.console import UserError
from steps.traffic.outcomes import KEYS, OUTCOME, names_of, read_table, texts_of

DATE = "date"
SHAPE = (
    f"expected a CSV or Parquet file with the columns {OUTCOME} (1 or 0), {' or '.join(KEYS)}, and best {DATE} (ISO; "
    "of the default, or of the last look at a loan without one)"
)


class Unread(Figures):
    """Rows of the file that say nothing, by cause; each row has one."""

    without_id: int
    without_outcome: int
    other_outcome: int
    unreadable_date: int


@dataclass(frozen=True)
class Labels:
    """The labels of a file that can be read; arrays are (labels,).

    Attributes
    ----------
    decision_ids, client_ids
        Texts, None where a row has none; one of both is known.
    days
        datetime64[D], UTC; NaT without a date.
    defaults
        Booleans.
    rows
        All rows of the file.
    unread
        Those that are no labels.
    """

    decision_ids: np.ndarray
    client_ids: np.ndarray
    days: np.ndarray
    defaults: np.ndarray
    rows: int
    unread: Unread

    def __len__(self) -> int:
        return len(self.defaults)


def read_labels(path: Path) -> Labels:
    """The labels of a file; no row of it is ever quoted.

    Raises
    ------
    UserError
        The file cannot be read, lacks a column, or has rows of which none is a label.
    """
    table = read_table("labels", path, SHAPE, (*KEYS, DATE, OUTCOME))
    if OUTCOME not in table or not any(name in table for name in KEYS):
        raise UserError(f"labels: {SHAPE}, found {names_of(table)} in {path}")
    twice = [name for name in (*KEYS, OUTCOME, DATE) if f"{name}.1" in table]  # as pandas calls a second one
    if twice:
        raise UserError(f"labels: {SHAPE}, found {' and '.join(twice)} twice in {path}")
    labels = labels_of(table)
    if len(table) and not len(labels):
        raise UserError(f"labels: {SHAPE}, found no such row among {len(table):,} of {path}: {_why(labels.unread)}")
    return labels


def _why(unread: Unread) -> str:
    counts = {
        "without an id": unread.without_id,
        "without default": unread.without_outcome,
        "with a default that is neither 1 nor 0": unread.other_outcome,
        "with a date that is not ISO": unread.unreadable_date,
    }
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)


def no_labels() -> Labels:
    """Labels of no loan."""
    return labels_of(pd.DataFrame({KEYS[0]: [], OUTCOME: []}))


def labels_of(table: pd.DataFrame) -> Labels:
    """The labels of a table that has the columns."""
    decision_ids, client_ids = (_ids(table, name) for name in KEYS)
    values = pd.to_numeric(table[OUTCOME], errors="coerce")
    days, is_unreadable = _days(table)
    named = pd.notna(decision_ids) | pd.notna(client_ids)
    empty = table[OUTCOME].isna().to_numpy()
    told = values.isin([0, 1]).to_numpy()
    rows = named & told & ~is_unreadable
    return Labels(
        decision_ids[rows],
        client_ids[rows],
        days[rows],
        values.to_numpy()[rows] == 1,
        len(table),
        Unread(
            without_id=int((~named).sum()),
            without_outcome=int((named & empty).sum()),
            other_outcome=int((named & ~empty & ~told).sum()),
            unreadable_date=int((named & told & is_unreadable).sum()),
        ),
    )


def _ids(table: pd.DataFrame, name: str) -> np.ndarray:
    if name not in table:
        return np.full(len(table), None, object)
    ids = np.full(len(table), None, object)
    known = (table[name].notna() & (table[name] != "")).to_numpy()
    ids[known] = texts_of(table.loc[known, name]).to_numpy(object)
    return ids


def _days(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) days, NaT where there is none, and booleans of dates that are none in ISO 8601."""
    if DATE not in table:
        return np.full(len(table), "NaT", "datetime64[D]"), np.zeros(len(table), bool)
    column = table[DATE]
    if pd.api.types.is_numeric_dtype(column):  # a number is a date of no agreed kind
        return np.full(len(table), "NaT", "datetime64[D]"), column.notna().to_numpy()
    times = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601")
    days = times.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    for row in np.flatnonzero((times.isna() & column.notna()).to_numpy()):
        days[row] = _day(column.iloc[row])
    return days, np.isnat(days) & column.notna().to_numpy()


def _day(value: object) -> np.datetime64:
    """A day past 2262, which pandas has none of, as lenders write that a loan has no end; NaT for anything else."""
    try:
        return np.datetime64(value if isinstance(value, date) else date.fromisoformat(str(value)), "D")
    except ValueError:
        return np.datetime64("NaT", "D")
