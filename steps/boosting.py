"""LightGBM: its parameters, its cross-validation and the final booster."""

import json
import sys
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


def cross_validate(data: TrainingData, params: dict[str, Any], folds: int, seed: int) -> OutOfFold:
    """Cross-validate with the data binned once; the number of rounds is the one best for the mean over folds."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(data.matrix, data.target))
    often = 1 if sys.stderr.isatty() else 10
    with tqdm(total=params["rounds"], desc="  cross-validation", unit="round", mininterval=often) as bar:
        result = lgb.cv(
            _booster_params(params, data.matrix.shape[1], seed),
            dataset(data),
            num_boost_round=params["rounds"],
            folds=splits,
            callbacks=[lgb.early_stopping(params["patience"], verbose=False), _shown_on(bar)],
            return_cvbooster=True,
        )
    boosters = result["cvbooster"]
    log_odds = np.empty(len(data.target))
    fold = np.empty(len(data.target), dtype=np.int64)
    for number, ((_, rows), booster) in enumerate(zip(splits, boosters.boosters, strict=True)):
        log_odds[rows] = booster.predict(data.matrix[rows], raw_score=True, num_iteration=boosters.best_iteration)
        fold[rows] = number
    fold_auc = [float(roc_auc_score(data.target[rows], log_odds[rows])) for _, rows in splits]
    return OutOfFold(log_odds, fold, fold_auc, boosters.best_iteration)


def fit(data: TrainingData, params: dict[str, Any], rounds: int, seed: int) -> lgb.Booster:
    """The final booster, on all rows."""
    return lgb.train(_booster_params(params, data.matrix.shape[1], seed), dataset(data), num_boost_round=rounds)


def dataset(data: TrainingData) -> lgb.Dataset:
    """The matrix as LightGBM takes it; it forbids some characters in names, the scorecard has the real ones."""
    names = ["".join(c if c.isascii() and c.isalnum() else "_" for c in name) for name in data.features.names]
    unique = [f"{name}_{place}" if name in names[:place] else name for place, name in enumerate(names)]
    return lgb.Dataset(
        data.matrix,
        data.target,
        feature_name=unique,
        categorical_feature=data.features.categorical,
        free_raw_data=False,
    )


def _booster_params(params: dict[str, Any], columns: int, seed: int) -> dict[str, Any]:
    given = {name: value for name, value in params.items() if name not in OURS}
    fraction = min(1.0, max(params["columns_per_tree"], LEAST_COLUMNS / columns))
    return {"feature_fraction": fraction, **given, **FIXED, "seed": seed}


def _shown_on(bar: tqdm):
    def show(environment) -> None:
        bar.update(1)
        if environment.iteration % 50 == 0:
            name, metric, value, *_ = environment.evaluation_result_list[0]
            bar.set_postfix_str(f"{metric or name} {value:.4f}", refresh=False)

    return show
