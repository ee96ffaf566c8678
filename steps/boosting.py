"""LightGBM: its cross-validation and the final booster."""

import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from steps.folds import stratified_folds
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

    The folds grow in step, a round at a time, so that the mean says when to stop. On small data, where a
    tree is no work for several threads, they grow at once.
    """
    # LightGBM's verbosity holds for one thread only; the folds grow in others.
    lgb.register_logger(_silent())
    splits = stratified_folds(data.target, folds, seed)
    for_lightgbm = params.for_lightgbm(*data.matrix.shape, seed)
    boosters = [
        lgb.Booster(for_lightgbm, binned.subset(train)).add_valid(binned.subset(held), "held") for train, held in splits
    ]
    at_once = os.cpu_count() if for_lightgbm["num_threads"] == 1 else 1
    rounds = _best_rounds(boosters, params, at_once)
    log_odds = np.empty(len(data.target))
    fold = np.empty(len(data.target), dtype=np.int64)
    for number, ((_, held), booster) in enumerate(zip(splits, boosters, strict=True)):
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


def _silent() -> logging.Logger:
    logger = logging.getLogger("lightgbm")
    logger.setLevel(logging.ERROR)
    return logger


def _best_rounds(boosters: list[lgb.Booster], params: Parameters, at_once: int) -> int:
    """Grow the boosters until their mean AUC has not risen for `patience` rounds; the round it was best at."""
    means: list[float] = []
    best = 0
    often = 1 if sys.stderr.isatty() else 10
    with (
        tqdm(total=params.rounds, desc="  cross-validation", unit="round", mininterval=often) as bar,
        ThreadPoolExecutor(at_once) as pool,
    ):
        while len(means) < params.rounds and len(means) - best <= params.patience:
            means.append(float(np.mean(list(pool.map(_grow, boosters)))))
            best = int(np.argmax(means))
            bar.set_postfix_str(f"AUC {means[best]:.4f}", refresh=False)
            bar.update(1)
    return best + 1


def _grow(booster: lgb.Booster) -> float:
    """Add a tree; the AUC on the held fold."""
    booster.update()
    ((_, _, auc, _),) = booster.eval_valid()
    return auc
