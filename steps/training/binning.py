"""LightGBM's binned data: made once, for any number of boosters."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from steps.training.data import TrainingData
from steps.training.folds import Fold, stratified_folds
from steps.training.parameters import Parameters
from steps.training.selection import rows_to_rank_by, useful_columns


@dataclass(frozen=True)
class Binned:
    """`data` has the rows cut into bins, `columns` says which columns of the whole matrix it has."""

    data: lgb.Dataset
    columns: np.ndarray


@dataclass(frozen=True)
class BinnedFold:
    """A fold: `train` is binned, `held` lies in its bins; `matrix` and `target` are the held `rows` as they are,
    `columns` those of the whole matrix that the fold has.

    No held row had a say in the bins, or in which columns there are.
    """

    train: lgb.Dataset
    held: lgb.Dataset
    matrix: np.ndarray
    target: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


def bin_folds(data: TrainingData, params: Parameters, most: int, folds: int, seed: int, cores: int) -> list[BinnedFold]:
    """Every fold of the cross-validation, each with its own choice of at most `most` columns (0: all).

    A thread a fold, and each says that it wants one thread of LightGBM's: that number is the whole process's, and
    memory laid out for one of them breaks when another sets more.
    """

    def binned(fold: Fold) -> BinnedFold:
        train, held = fold
        chosen = bin_rows(data, params, most, seed, train)
        matrix, target = data.matrix[np.ix_(held, chosen.columns)], data.target[held]
        held_data = chosen.data.create_valid(matrix, target, params=chosen.data.params).construct()
        return BinnedFold(chosen.data, held_data, matrix, target, held, chosen.columns)

    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(binned, stratified_folds(data.target, folds, seed)))


def bin_rows(data: TrainingData, params: Parameters, most: int, seed: int, rows: np.ndarray | None = None) -> Binned:
    """The rows (None: all) with the at most `most` columns (0: all) that tell most about their target."""
    rows = np.arange(len(data.target)) if rows is None else rows
    columns = np.arange(data.matrix.shape[1])
    if 0 < most < len(columns):
        ranked = _bin(data, params, rows_to_rank_by(rows, seed), columns)
        columns = useful_columns(ranked, params.for_lightgbm(len(columns), seed, threads=1), most)
    return Binned(_bin(data, params, rows, columns), columns)


def _bin(data: TrainingData, params: Parameters, rows: np.ndarray, columns: np.ndarray) -> lgb.Dataset:
    categorical = set(data.features.categorical)
    return lgb.Dataset(
        data.matrix[np.ix_(rows, columns)],
        data.target[rows],
        feature_name=_accepted([data.features.names[column] for column in columns]),
        categorical_feature=[place for place, column in enumerate(columns) if column in categorical],
        params=params.for_lightgbm(len(columns), seed=0, threads=1),
    ).construct()


def _accepted(names: list[str]) -> list[str]:
    """Names without the characters that LightGBM forbids; the scorecard has the real ones."""
    accepted: dict[str, None] = {}
    for name in names:
        clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        while clean in accepted:
            clean += "_"
        accepted[clean] = None
    return list(accepted)
