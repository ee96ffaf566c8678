"""Outcomes of loans that are known by now: a column of decisions or clients, and whether they defaulted."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from steps.run.console import UserError, counted, listed
from steps.traffic.comparison import Comparison

KEYS, OUTCOME = ("decision_id", "client_id"), "default"
EXACT = 2.0**53  # beyond it a float is not every whole number
SHAPE = f"expected a CSV or Parquet file with the columns {OUTCOME} (1 or 0) and {' or '.join(KEYS)}"


def read_outcomes(path: Path) -> pd.Series:
    """1 for a default and 0 for none, by decision or client, whichever the index is named for.

    Raises
    ------
    UserError
        The file cannot be read, lacks a column, has another outcome, or two of one key.
    """
    table = read_table("outcomes", path, SHAPE)
    key = next((name for name in KEYS if name in table), None)
    if key is None or OUTCOME not in table:
        raise UserError(f"outcomes: {SHAPE}, found {names_of(table)} in {path}")
    known = table[[key, OUTCOME]].dropna()
    if not known[OUTCOME].isin([0, 1]).all():
        raise UserError(f"outcomes: {SHAPE}, found another outcome in {path}")
    series = pd.Series(known[OUTCOME].to_numpy(np.int8), index=pd.Index(texts_of(known[key]), name=key))
    several = int(series.index.duplicated().sum())
    if several:
        raise UserError(f"outcomes: expected one outcome for each {key}, found {counted(several, 'more')} in {path}")
    return series


def read_table(option: str, path: Path, expected: str, texts: Sequence[str] = KEYS) -> pd.DataFrame:
    """The table of a CSV or Parquet file; raise `UserError`, in the name of the option, where it cannot be read.

    Columns of `texts` are read as such from CSV. Ids are texts on record: a number would lose a leading zero.
    """
    try:
        if path.suffix == ".parquet":
            return _of_parquet(path)
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            # Without an index, by which a row with more cells than names would be shifted.
            return pd.read_csv(path, dtype=dict.fromkeys(texts, str), index_col=False)
    except pd.errors.ParserWarning:
        raise UserError(f"{option}: {expected}; a row of {path} has more cells than the first one") from None
    except FileNotFoundError:
        raise UserError(f"{option}: {expected}, found no file {path}") from None
    except (OSError, ValueError, pa.ArrowException, pd.errors.ParserError) as error:
        raise UserError(f"{option}: {expected}; {path} cannot be read ({type(error).__name__})") from None


def names_of(table: pd.DataFrame) -> str:
    """The first names of a table's columns, for an error; of a file without names they would be a client's values."""
    names = [str(name) for name in table.columns[:10]]
    if any(each.isdigit() for name in names for each in name):
        return "values in place of names"
    return listed(names, len(names)) or "no column"


def _of_parquet(path: Path) -> pd.DataFrame:
    """The columns, an index of pandas among them; ids that are whole numbers as texts: a float has not all digits."""
    table = pq.read_table(path)
    for place, name in enumerate(table.schema.names):
        if name in KEYS and pa.types.is_integer(table.schema.types[place]):
            table = table.set_column(place, name, table.column(place).cast(pa.string()))
    return table.to_pandas(ignore_metadata=True)


def texts_of(ids: pd.Series) -> pd.Series:
    """Known ids as they are on record."""
    is_whole = pd.api.types.is_float_dtype(ids) and bool((ids % 1 == 0).all())
    if is_whole and (ids.abs() < EXACT).all():  # whole numbers, of which one was missing
        ids = ids.astype(np.int64)
    return ids.astype(str)


def outcomes_of(comparison: Comparison, outcomes: pd.Series) -> np.ndarray:
    """(requests,) 1 for a default, 0 for none, NaN where it is not known; the console says where that is so of all."""
    key = outcomes.index.name
    known = outcomes.reindex(comparison.decision_ids if key == KEYS[0] else comparison.client_ids).to_numpy(np.float64)
    if np.isnan(known).all():
        print(f"  outcomes: none of {counted(len(outcomes), 'outcome')} has the {key} of a decision that is replayed")
    return known
