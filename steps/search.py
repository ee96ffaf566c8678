"""Search for better LightGBM parameters before training: Optuna over the same folds, a nested run a trial."""

from typing import Any

import mlflow
import numpy as np
import optuna
from tqdm import tqdm

from steps.binning import bin_folds
from steps.boosting import cross_validate
from steps.feature_table import FeatureTable
from steps.parameters import Parameters
from steps.policy import read_policy
from steps.selection import MOST_FEATURES
from steps.settings import Settings
from steps.tracking import tracked_run
from steps.training_data import training_data, training_rows

SEARCHED = {"num_leaves", "min_data_in_leaf", "columns_per_tree", "bagging_fraction", "lambda_l2"}


def search(table: FeatureTable, trials: int) -> dict[str, Any]:
    """The best of `trials` sets of parameters by mean out-of-fold AUC; the first trial is the defaults."""
    settings = Settings()
    data = training_data(table, training_rows(table), read_policy())
    folded = bin_folds(data, Parameters(), MOST_FEATURES, settings.folds, settings.seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=settings.seed))
    study.enqueue_trial(Parameters().model_dump(include=SEARCHED))

    def objective(trial: optuna.Trial) -> float:
        params = Parameters(**_suggest(trial))
        with mlflow.start_run(run_name=f"trial-{trial.number}", nested=True):
            folds = cross_validate(folded, params, settings.seed)
            mlflow.log_params(trial.params)
            mlflow.log_metrics({"auc": float(np.mean(folds.fold_auc)), "trees": folds.rounds})
        return float(np.mean(folds.fold_auc))

    with tracked_run("search"), tqdm(total=trials, desc="  search", unit="trial") as bar:
        study.optimize(objective, n_trials=trials, callbacks=[lambda study, _: _show(bar, study)])
        mlflow.log_dict(study.best_params, "best_params.json")
        mlflow.log_metric("best_auc", study.best_value)
    return study.best_params


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 8, 64, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 30, 200),
        "columns_per_tree": trial.suggest_float("columns_per_tree", 0.03, 0.5, log=True),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
    }


def _show(bar: tqdm, study: optuna.Study) -> None:
    bar.set_postfix_str(f"best AUC {study.best_value:.4f}", refresh=False)
    bar.update(1)
