"""LightGBM: its parameters, its cross-validation and the final booster."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import mlflow
import numpy as np
import yaml
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from steps.console import UserError
from steps.training_data import TrainingData

# Slow, shallow trees on few columns each: what the strongest public solutions of this case share.
# `columns_per_tree` is LightGBM's feature_fraction, but never fewer than LEAST_COLUMNS columns;
# `rounds` and `patience` bound the cross-validation.
DEFAULTS: dict[str, Any] = {
    "learning_rate": 0.02,
    "num_leaves": 16,
    "min_data_in_leaf": 70,
    "columns_per_tree": 0.1,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 50.0,
    "max_bin": 255,
    "rounds": 3000,
    "patience": 150,
}
LEAST_COLUMNS = 12
# Below this many cells a tree takes milliseconds, and threads spend more on waiting for each other: beside
# one busy process, 883 trees on 8,000 x 610 took 26 s with two threads and 6 s with one.
WORTH_THREADS = 20_000_000
OURS = ("columns_per_tree", "rounds", "patience")
# No class weights: they would break the calibration that the threshold rests on.
FIXED = {
    "objective": "binary",
    "metric": "auc",
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True)
class OutOfFold:
    """What cross-validation gave: each row's log-odds from the booster that had not seen it."""

    log_odds: np.ndarray
    fold: np.ndarray
    fold_auc: list[float]
    rounds: int


def read_params(spec: str) -> dict[str, Any]:
    """The defaults, changed by a JSON object, a JSON or YAML file, or an artifact such as runs:/ID/params.json."""
    if not spec:
        return dict(DEFAULTS)
    try:
        if spec.lstrip().startswith("{"):
            changes = json.loads(spec)
        else:
            changes = yaml.safe_load(mlflow.artifacts.load_text(spec))
    except Exception as error:
        raise UserError(f"params: {spec} cannot be read: {error}") from None
    if not isinstance(changes, dict):
        raise UserError(f"params: expected an object of LightGBM parameters, got {type(changes).__name__}")
    forbidden = sorted(set(changes) & (set(FIXED) | {"scale_pos_weight", "is_unbalance"}))
    if forbidden:
        raise UserError(f"params: {', '.join(forbidden)} cannot be changed: calibration and determinism rest on it")
    return {**DEFAULTS, **changes}


def cross_validate(data: TrainingData, binned: lgb.Dataset, params: dict[str, Any], folds: int, seed: int) -> OutOfFold:
    """Cross-validate on data binned once; the number of rounds is the one best for the mean over the folds.

    Folds are independent: on small data, where a tree is no work for several threads, they run at once.
    """
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(data.matrix, data.target))
    booster_params = _booster_params(params, data, seed)
    fitted = [(binned.subset(train).construct(), binned.subset(held).construct()) for train, held in splits]
    at_once = os.cpu_count() if booster_params["num_threads"] == 1 else 1
    often = 1 if sys.stderr.isatty() else 10
    with (
        tqdm(total=params["rounds"] * folds, desc="  cross-validation", unit="tree", mininterval=often) as bar,
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


def fit(data: TrainingData, binned: lgb.Dataset, params: dict[str, Any], rounds: int, seed: int) -> lgb.Booster:
    """The final booster, on all rows."""
    return lgb.train(_booster_params(params, data, seed), binned, num_boost_round=rounds)


def bin_once(data: TrainingData, params: dict[str, Any], seed: int) -> lgb.Dataset:
    """The matrix as LightGBM takes it, cut into bins for the folds and the final fit alike.

    LightGBM forbids some characters in names; the scorecard has the real ones.
    """
    names = ["".join(c if c.isascii() and c.isalnum() else "_" for c in name) for name in data.features.names]
    unique = [f"{name}_{place}" if name in names[:place] else name for place, name in enumerate(names)]
    return lgb.Dataset(
        data.matrix,
        data.target,
        feature_name=unique,
        categorical_feature=data.features.categorical,
        params=_booster_params(params, data, seed),
        free_raw_data=False,
    ).construct()


def _fit_fold(
    train: lgb.Dataset, held: lgb.Dataset, booster_params: dict[str, Any], params: dict[str, Any], bar: tqdm
) -> tuple[lgb.Booster, list[float]]:
    """A booster and its AUC on the held fold after each round."""
    curve: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        booster_params,
        train,
        num_boost_round=params["rounds"],
        valid_sets=[held],
        valid_names=["held"],
        keep_training_booster=True,  # else only the trees up to this fold's own best round are left
        callbacks=[
            lgb.early_stopping(params["patience"], verbose=False),
            lgb.record_evaluation(curve),
            lambda _: bar.update(1),
        ],
    )
    return booster, curve["held"]["auc"]


def _booster_params(params: dict[str, Any], data: TrainingData, seed: int) -> dict[str, Any]:
    given = {name: value for name, value in params.items() if name not in OURS}
    columns = data.matrix.shape[1]
    defaults = {
        "feature_fraction": min(1.0, max(params["columns_per_tree"], LEAST_COLUMNS / columns)),
        "num_threads": 1 if data.matrix.size < WORTH_THREADS else 0,
    }
    return {**defaults, **given, **FIXED, "seed": seed}
