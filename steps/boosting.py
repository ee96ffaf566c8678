"""LightGBM: its cross-validation and the final booster."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from steps.parameters import Parameters
from steps.training_data import TrainingData


@dataclass(frozen=True)
class OutOfFold:
    """What cross-validation gave: each row's log-odds from the booster that had not seen it."""

    log_odds: np.ndarray
    fold: np.ndarray
    fold_auc: list[float]
    rounds: int


def cross_validate(data: TrainingData, binned: lgb.Dataset, params: Parameters, folds: int, seed: int) -> OutOfFold:
    """Cross-validate on data binned once; the number of rounds is the one best for the mean over the folds.

    Folds are independent: on small data, where a tree is no work for several threads, they run at once.
    """
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(data.matrix, data.target))
    booster_params = params.for_lightgbm(*data.matrix.shape, seed)
    fitted = [(binned.subset(train).construct(), binned.subset(held).construct()) for train, held in splits]
    at_once = os.cpu_count() if booster_params["num_threads"] == 1 else 1
    often = 1 if sys.stderr.isatty() else 10
    with (
        tqdm(total=params.rounds * folds, desc="  cross-validation", unit="tree", mininterval=often) as bar,
        ThreadPoolExecutor(at_once) as pool,
    ):
        learned = list(pool.map(lambda sets: _fit_fold(*sets, booster_params, params, bar), fitted))
    curves = [curve for _, curve in learned]
    common = min(map(len, curves))
    rounds = int(np.argmax(np.mean([curve[:common] for curve in curves], axis=0))) + 1
    log_odds = np.empty(len(data.target))
    fold = np.empty(len(data.target), dtype=np.int64)
    for number, ((_, held), (booster, _)) in enumerate(zip(splits, learned, strict=True)):
        log_odds[held] = booster.predict(data.matrix[held], raw_score=True, num_iteration=rounds)
        fold[held] = number
    fold_auc = [float(roc_auc_score(data.target[held], log_odds[held])) for _, held in splits]
    return OutOfFold(log_odds, fold, fold_auc, rounds)


def fit(data: TrainingData, binned: lgb.Dataset, params: Parameters, rounds: int, seed: int) -> lgb.Booster:
    """The final booster, on all rows."""
    return lgb.train(params.for_lightgbm(*data.matrix.shape, seed), binned, num_boost_round=rounds)


def bin_once(data: TrainingData, params: Parameters, seed: int) -> lgb.Dataset:
    """The matrix as LightGBM takes it, cut into bins for the folds and the final fit alike.

    LightGBM forbids some characters in names; the scorecard has the real ones.
    """
    return lgb.Dataset(
        data.matrix,
        data.target,
        feature_name=_accepted(data.features.names),
        categorical_feature=data.features.categorical,
        params=params.for_lightgbm(*data.matrix.shape, seed),
        free_raw_data=False,
    ).construct()


def _accepted(names: list[str]) -> list[str]:
    accepted: dict[str, None] = {}
    for name in names:
        clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        while clean in accepted:
            clean += "_"
        accepted[clean] = None
    return list(accepted)


def _fit_fold(
    train: lgb.Dataset, held: lgb.Dataset, booster_params: Parameters, params: Parameters, bar: tqdm
) -> tuple[lgb.Booster, list[float]]:
    """A booster and its AUC on the held fold after each round."""
    curve: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        booster_params,
        train,
        num_boost_round=params.rounds,
        valid_sets=[held],
        valid_names=["held"],
        keep_training_booster=True,  # else only the trees up to this fold's own best round are left
        callbacks=[
            lgb.early_stopping(params.patience, verbose=False),
            lgb.record_evaluation(curve),
            lambda _: bar.update(1),
        ],
    )
    return booster, curve["held"]["auc"]


def _fit_fold(
    train: lgb.Dataset, held: lgb.Dataset, booster_params: Parameters, params: Parameters, bar: tqdm
) -> tuple[lgb.Booster, list[float]]:
    """A booster and its AUC on the held fold after each round."""
    curve: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        booster_params,
        train,
        num_boost_round=params.rounds,
        valid_sets=[held],
        valid_names=["held"],
        keep_training_booster=True,  # else only the trees up to this fold's own best round are left
        callbacks=[
            lgb.early_stopping(params.patience, verbose=False),
            lgb.record_evaluation(curve),
            lambda _: bar.update(1),
        ],
    )
    return booster, curve["held"]["auc"]
