"""Binning: LightGBM's datasets, built once and shared by any number of boosters."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from steps.training.data import TrainingData
from steps.training.folds import Fold, stratified_folds
from steps.training.parameters import Parameters
from steps.training.selection import ranking_rows, useful_columns

CONSTRAINTS = "monotone_constraints"  # of LightGBM; they go by the columns of the data


@dataclass(frozen=True)
class Binned:
    """Binned rows in `data`, on the `columns` of the whole matrix."""

    data: lgb.Dataset
    columns: np.ndarray


@dataclass(frozen=True)
class BinnedFold:
    """One fold of the cross-validation; no validation row influences the bins or the choice of columns.

    Attributes
    ----------
    train
        The training rows, binned.
    validation
        The validation rows in the bins of the training rows.
    matrix
        (validation rows, columns) raw values.
    target
        (validation rows,) outcomes.
    rows
        (validation rows,) row numbers in the whole matrix.
    columns
        (columns,) the fold's columns of the whole matrix.
    """

    train: lgb.Dataset
    validation: lgb.Dataset
    matrix: np.ndarray
    target: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


def bin_folds(
    data: TrainingData, params: Parameters, limit: int, folds: int, seed: int, cores: int
) -> list[BinnedFold]:
    """Every fold of the cross-validation, each with its own choice of at most `limit` columns (0: all).

    Folds are binned in parallel, each with one LightGBM thread: the thread count is global to the process, and a fold
    that raises it breaks the memory that another has allocated for one thread.
    """
    with ThreadPoolExecutor(cores) as pool:
        return list(_binned_folds(pool, data, params, limit, folds, seed))


def bin_folds_and_all(
    data: TrainingData, params: Parameters, limit: int, folds: int, seed: int, cores: int
) -> tuple[list[BinnedFold], Binned]:
    """As `bin_folds`, and in parallel with the folds all rows as by `bin_rows`; these take longest, and start first."""
    with ThreadPoolExecutor(cores) as pool:
        everything = pool.submit(bin_rows, data, params, limit, seed)
        return list(_binned_folds(pool, data, params, limit, folds, seed)), everything.result()


def _binned_folds(
    pool: Executor, data: TrainingData, params: Parameters, limit: int, folds: int, seed: int
) -> Iterator[BinnedFold]:
    def bin_fold(fold: Fold) -> BinnedFold:
        train, validation = fold
        chosen = bin_rows(data, params, limit, seed, train)
        matrix, target = data.matrix[np.ix_(validation, chosen.columns)], data.target[validation]
        validation_data = chosen.data.create_valid(matrix, target, params=chosen.data.params).construct()
        return BinnedFold(chosen.data, validation_data, matrix, target, validation, chosen.columns)

    return pool.map(bin_fold, stratified_folds(data.target, folds, seed))


def bin_rows(data: TrainingData, params: Parameters, limit: int, seed: int, rows: np.ndarray | None = None) -> Binned:
    """The rows (None: all) on the `limit` columns (0: all) that best predict their target."""
    rows = np.arange(len(data.target)) if rows is None else rows
    columns = np.arange(data.matrix.shape[1])
    if 0 < limit < len(columns):
        ranked = _bin(data, params, ranking_rows(rows, seed), columns)
        quick = params.for_lightgbm(len(columns), seed, threads=1) | constraints_of(ranked)
        columns = useful_columns(ranked, quick, limit)
    return Binned(_bin(data, params, rows, columns), columns)


def constraints_of(binned: lgb.Dataset) -> dict[str, Any]:
    """LightGBM's parameters of the directions that the risk must have in this data, for every booster on it."""
    return {name: value for name, value in (binned.params or {}).items() if name == CONSTRAINTS}


def directions_in(booster: lgb.Booster, names: Sequence[str]) -> dict[str, int]:
    """The directions that a booster was trained under, by feature, those without one left out; a bag's, too."""
    signs = booster.params.get(CONSTRAINTS) or [0] * len(names)
    return {name: sign for name, sign in zip(names, signs, strict=True) if sign}


def _bin(data: TrainingData, params: Parameters, rows: np.ndarray, columns: np.ndarray) -> lgb.Dataset:
    categorical = set(data.features.categorical)
    return lgb.Dataset(
        data.matrix[np.ix_(rows, columns)],
        data.target[rows],
        feature_name=_lightgbm_names([data.features.names[column] for column in columns]),
        categorical_feature=[position for position, column in enumerate(columns) if column in categorical],
        params=params.for_lightgbm(len(columns), seed=0, threads=1) | _constraints(data, columns),
    ).construct()


def _constraints(data: TrainingData, columns: np.ndarray) -> dict[str, Any]:
    if not data.directions:
        return {}
    return {CONSTRAINTS: [data.directions.get(data.features.names[column], 0) for column in columns]}


def _lightgbm_names(names: list[str]) -> list[str]:
    """Unique names without the characters that LightGBM forbids; the scorecard has the original names."""
    clean_names: dict[str, None] = {}
    for name in names:
        clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        while clean in clean_names:
            clean += "_"
        clean_names[clean] = None
    return list(clean_names)
