"""The record of a tuning run in MLflow: best parameters, a table of all trials, plots."""

from typing import Any

import mlflow
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from steps.training.parameters import Parameters
from steps.tuning.search_space import SPACE
from steps.tuning.study import DEFAULTS
from steps.tuning.study_plots import study_plots
from steps.tuning.trial_record import OWNER


def log_tuning(study: optuna.Study, storage: str, setup: dict[str, Any]) -> None:
    """Log the study that this run continues; the password in `storage` is masked."""
    mlflow.set_tags({"study": study.study_name, "study.storage": storage, "study.data": setup["data"]})
    mlflow.log_dict(setup, "setup.json")


def log_study(study: optuna.Study, base: Parameters, ended_by: str, caption: str) -> None:
    """Log results, trials and plots of the study; `train` takes its params.json."""
    best = study.best_trial
    trials = study.get_trials(deepcopy=False)
    counts = {state: sum(trial.state == state for trial in trials) for state in TrialState}
    mlflow.log_dict({**base.model_dump(), **best.params}, "params.json")
    mlflow.log_params({f"best.{name}": value for name, value in best.params.items()})
    metrics = {
        "best_auc": best.value,
        "best_trees": best.user_attrs["trees"],
        "best_trial": best.number,
        "trials_complete": counts[TrialState.COMPLETE],
        "trials_pruned": counts[TrialState.PRUNED],
        "trials_failed": counts[TrialState.FAIL],
    }
    defaults = [trial.value for trial in trials if DEFAULTS in trial.user_attrs and trial.state == TrialState.COMPLETE]
    if defaults:
        metrics["default_auc"] = defaults[0]
    mlflow.log_metrics(metrics)
    mlflow.set_tag("study.ended_by", ended_by)
    mlflow.log_text(trials_table(trials).to_csv(index=False), "trials.csv")
    for name, figure in study_plots(study, caption).items():
        mlflow.log_figure(figure, f"plots/{name}")


def trials_table(trials: list[FrozenTrial]) -> pd.DataFrame:
    """One row per trial; the AUC of a pruned trial is the mean over the folds that it completed."""
    return pd.DataFrame([_row(trial) for trial in trials])


def _row(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "auc": trial.value,
        "trees": trial.user_attrs.get("trees"),
        "seconds": trial.duration.total_seconds() if trial.duration else None,
        **{name: trial.params.get(name) for name in SPACE},
        "run_id": trial.user_attrs.get(OWNER, {}).get("run_id"),
    }
