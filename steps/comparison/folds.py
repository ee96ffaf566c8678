"""Out-of-fold predictions of a family of models, and the time they take; every family has the same folds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost as xgb
from joblib import parallel_config
from scipy.special import logit
from sklearn.pipeline import Pipeline
from tqdm import tqdm

from custom_model.features import Features
from steps.comparison import pipelines
from steps.run.console import progress
from steps.training.binning import bin_folds, bin_rows
from steps.training.boosting import cross_validate, fit
from steps.training.data import TrainingData
from steps.training.folds import stratified_folds
from steps.training.parameters import Parameters
from steps.training.selection import MOST_FEATURES

PROBABILITY_CLIP = 1e-6  # distance from 0 and 1 to which probabilities are clipped before the logit


@dataclass(frozen=True)
class FamilyFolds:
    """Out-of-fold predictions of a family.

    Attributes
    ----------
    log_odds
        (rows,) log-odds of default, each from the model that was not trained on the row.
    fold
        (rows,) number of the fold that validates the row.
    fit_seconds
        Time to fit a fold, with its share of choosing rounds or penalty.
    predict_seconds
        Time to score 1,000 clients.
    params
        Parameters of the model.
    chosen
        Values of the parameters that the data decides, one per fold, by name.
    """

    log_odds: np.ndarray
    fold: np.ndarray
    fit_seconds: float
    predict_seconds: float
    params: dict[str, Any]
    chosen: dict[str, list[float]]


CrossValidation = Callable[[TrainingData, int, int, int], FamilyFolds]


def pipeline_cross_validation(make: Callable[[Features, int], Pipeline], tuned_parameter: str = "") -> CrossValidation:
    """The cross-validation of a pipeline that uses its training rows alone.

    `tuned_parameter` names a parameter that the estimator chooses by itself, such as C.
    """

    def cross_validated(data: TrainingData, folds: int, seed: int, cores: int) -> FamilyFolds:
        return _pipeline_folds(lambda: make(data.features, seed), data, folds, seed, cores, tuned_parameter)

    return cross_validated


def xgboost_folds(data: TrainingData, folds: int, seed: int, cores: int) -> FamilyFolds:
    """XGBoost with the number of rounds that is best for the mean AUC over the folds, chosen as for LightGBM.

    XGBoost and LightGBM both tune this one number on the validation rows of all folds; neither stops each fold at its
    own best round.
    """
    start = time.perf_counter()
    with progress("choosing XGBoost's rounds"):
        rounds = _xgboost_rounds(data, folds, seed)
    choosing = (time.perf_counter() - start) / folds
    result = _pipeline_folds(lambda: pipelines.xgboost(data.features, seed, rounds), data, folds, seed, cores)
    return replace(result, fit_seconds=result.fit_seconds + choosing, chosen={"rounds": folds * [float(rounds)]})


def lightgbm_folds(data: TrainingData, folds: int, seed: int, cores: int) -> FamilyFolds:
    """LightGBM as `train` fits it with default parameters; each fold tuned_parameter its own features."""
    params = Parameters()
    start = time.perf_counter()
    with progress("choosing LightGBM's features and binning"):
        binned_folds = bin_folds(data, params, MOST_FEATURES, folds, seed, cores)
    result = cross_validate(binned_folds, params, seed, cores)
    fit_seconds = (time.perf_counter() - start) / folds
    binned = bin_rows(data, params, MOST_FEATURES, seed)
    booster, matrix = fit(binned.data, params, result.rounds, seed, cores), data.matrix[:, binned.columns]
    start = time.perf_counter()
    booster.predict(matrix, raw_score=True)
    return FamilyFolds(
        result.log_odds,
        result.fold,
        fit_seconds,
        (time.perf_counter() - start) / len(matrix) * 1_000,
        {**params.model_dump(), "most_features": MOST_FEATURES},
        {"rounds": folds * [float(result.rounds)]},
    )


def _pipeline_folds(
    make: Callable[[], Pipeline], data: TrainingData, folds: int, seed: int, cores: int, tuned_parameter: str = ""
) -> FamilyFolds:
    log_odds, fold = np.empty(len(data.target)), np.empty(len(data.target), np.int64)
    fitting = predicting = 0.0
    chosen: dict[str, list[float]] = {}
    for number, (train, validation) in enumerate(
        tqdm(stratified_folds(data.target, folds, seed), "  folds", unit="fold")
    ):
        start = time.perf_counter()
        # For fitting only: a forest that predicts in threads sums its trees in random order.
        with parallel_config("threading", n_jobs=cores):
            pipeline = make().fit(data.matrix[train], data.target[train])
        fitted = time.perf_counter()
        probability = pipeline.predict_proba(data.matrix[validation])[:, 1]
        predicting += time.perf_counter() - fitted
        fitting += fitted - start
        log_odds[validation] = logit(np.clip(probability, PROBABILITY_CLIP, 1 - PROBABILITY_CLIP))
        fold[validation] = number
        if tuned_parameter:
            chosen.setdefault(tuned_parameter, []).append(float(getattr(pipeline[-1], f"{tuned_parameter}_")))
    params = {
        name: value for name, value in pipeline[-1].get_params().items() if isinstance(value, bool | int | float | str)
    }
    return FamilyFolds(log_odds, fold, fitting / folds, predicting / len(fold) * 1_000, params, chosen)


def _xgboost_rounds(data: TrainingData, folds: int, seed: int) -> int:
    bounds = Parameters()
    model = pipelines.xgboost(data.features, seed, bounds.rounds)[-1]
    matrix = xgb.DMatrix(data.matrix, data.target, feature_types=model.feature_types, enable_categorical=True)
    history = xgb.cv(
        {**model.get_xgb_params(), "eval_metric": "auc"},
        matrix,
        num_boost_round=bounds.rounds,
        folds=stratified_folds(data.target, folds, seed),
        early_stopping_rounds=bounds.patience,
        seed=seed,
    )
    return len(history)
