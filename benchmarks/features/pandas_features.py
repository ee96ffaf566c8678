"""The features of the instalments in plain pandas, as in a notebook: a filtered frame for each window, and groupby."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from steps.tables.aggregation import features_of
from steps.tables.home_credit import ID
from steps.tables.recipes import TableRecipes

ORDER = ["NUM_INSTALMENT_NUMBER", "NUM_INSTALMENT_VERSION", "DAYS_ENTRY_PAYMENT", "AMT_INSTALMENT", "AMT_PAYMENT"]


def pandas_features(file: Path, recipes: TableRecipes) -> pd.DataFrame:
    """One row a client with the features of `recipes`, a subset of the instalments' recipes."""
    table = _with_values(pd.read_parquet(file))
    frames = _frames(table, {part for *_, window in features_of(recipes) for part in window.split("/")})
    features = {}
    for name, recipe, function, window in features_of(recipes):
        first, *second = (FUNCTIONS[function](frames[part], recipe.column) for part in window.split("/"))
        features[name] = first / second[0].where(second[0] > 0) if second else first
    frame = pd.DataFrame(features, index=pd.Index(np.sort(table[ID].unique()), name=ID))
    counts = [name for name in frame if "_COUNT_" in name]
    return frame.fillna(dict.fromkeys(counts, 0))


def _with_values(table: pd.DataFrame) -> pd.DataFrame:
    late = table["DAYS_ENTRY_PAYMENT"] - table["DAYS_INSTALMENT"]
    known = late.notna()
    table["DAYS_LATE"] = late.clip(lower=0)
    table["DAYS_EARLY"] = (-late).clip(lower=0)
    for name, days in (("IS_LATE", 0), ("IS_LATE_7", 7), ("IS_LATE_15", 15)):
        table[name] = (late > days).astype(float).where(known)
    table["UNDERPAID"] = (table["AMT_INSTALMENT"] - table["AMT_PAYMENT"]).clip(lower=0)
    table["PAID_SHARE"] = table["AMT_PAYMENT"] / table["AMT_INSTALMENT"].where(table["AMT_INSTALMENT"] > 0)
    table["LATE_MONEY"] = table["AMT_INSTALMENT"] * table["IS_LATE"]
    table["LATE_BY_WEIGHT"] = table["DAYS_LATE"] * table["AMT_INSTALMENT"]
    table["WEIGHT"] = table["AMT_INSTALMENT"].where(known)
    return table


def _frames(table: pd.DataFrame, windows: set[str]) -> dict[str, pd.DataFrame]:
    frames = {"ALL": table}
    frames |= {name: table[table["DAYS_INSTALMENT"] >= -int(name[1:])] for name in windows if name.startswith("D")}
    if windows & {"LAST5", "LOAN"}:
        order = ["DAYS_INSTALMENT", "SK_ID_PREV", *ORDER]
        latest = table.sort_values(order, ascending=[False, *(True for _ in order[1:])]).groupby(ID)
        frames["LAST5"] = latest.head(5)
        frames["LOAN"] = table[table["SK_ID_PREV"] == table[ID].map(latest["SK_ID_PREV"].first())]
    return frames


def _count(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.groupby(ID).size()


def _sum(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.groupby(ID)[column].sum(min_count=1)


def _weighted_mean(rows: pd.DataFrame, column: str) -> pd.Series:
    weight = _sum(rows, "WEIGHT")
    return _sum(rows, "LATE_BY_WEIGHT") / weight.where(weight > 0)


def _slope(rows: pd.DataFrame, column: str) -> pd.Series:
    points = rows.dropna(subset=["DAYS_INSTALMENT", column])
    points = points[points.groupby(ID)["DAYS_INSTALMENT"].transform("nunique") > 1]
    return points.groupby(ID)[["DAYS_INSTALMENT", column]].apply(
        lambda client: np.polyfit(client["DAYS_INSTALMENT"], client[column], 1)[0]
    )


def _aggregated(rows: pd.DataFrame, column: str, function: str) -> pd.Series:
    return rows.groupby(ID)[column].agg(function)


FUNCTIONS: dict[str, Callable[[pd.DataFrame, str], pd.Series]] = {
    "COUNT": _count,
    "SUM": _sum,
    "WMEAN": _weighted_mean,
    "SLOPE": _slope,
    **{name: partial(_aggregated, function=name.lower()) for name in ("MEAN", "MIN", "MAX")},
}
