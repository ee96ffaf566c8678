"""Train, calibrate, set the threshold, log and register a model."""

from dataclasses import asdict, dataclass
from typing import Annotated

import lightgbm as lgb
import mlflow
import numpy as np
import pandas as pd
import typer

from custom_model.scorecard import ReasonText, Scorecard
from steps.boosting import OutOfFold, bin_once, cross_validate, fit
from steps.calibration import cross_calibrated, fit_calibration
from steps.console import progress, run
from steps.feature_table import FeatureTable
from steps.features import SAMPLE, Engine, feature_table
from steps.home_credit import ID, TARGET
from steps.parameters import Parameters, read_params
from steps.plots import importance_plot, performance_plots
from steps.policy import Policy, read_policy
from steps.quality import Quality, measure
from steps.register import log_model
from steps.settings import Settings
from steps.thresholds import ThresholdCheck, check_threshold
from steps.tracking import log_data, tracked_run
from steps.training_data import TrainingData, training_data, training_rows, typical_application


@dataclass(frozen=True)
class Trained:
    """A registered version and where it came from."""

    model_name: str
    version: int
    run_id: str

    @property
    def uri(self) -> str:
        return f"models:/{self.model_name}/{self.version}"


def train(table: FeatureTable, model_name: str, params: str = "", policy: Policy | None = None) -> Trained:
    """Train on the clients that are not held out, and register the model as a new version."""
    settings, policy = Settings(), policy or read_policy()
    parameters = read_params(params)
    with tracked_run("train") as active:
        rows = training_rows(table)
        with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
            data = training_data(table, rows, policy)
            log_data(table, rows, "training")
        _log_params(parameters, policy, params)
        binned = bin_once(data, parameters, settings.seed)
        folds = cross_validate(data, binned, parameters, settings.folds, settings.seed)
        probability = cross_calibrated(folds.log_odds, data.target, folds.fold)
        with progress("measuring out of fold"):
            quality = measure(
                probability,
                data.target,
                policy.costs,
                policy.costs.threshold,
                settings.bootstraps,
                settings.seed,
            )
            check = check_threshold(probability, data.target, policy.costs, settings.bootstraps, settings.seed)
        with progress(f"fitting {folds.rounds} trees on all training clients"):
            booster = fit(data, binned, parameters, folds.rounds, settings.seed)
        _log_results(folds, quality, check, booster, data, probability, policy)
        with progress("logging and registering the model"):
            info = log_model(
                booster,
                scorecard(data, table, folds, policy),
                data.contract,
                typical_application(table, rows, data.contract),
                model_name,
            )
        trained = Trained(model_name, int(info.registered_model_version), active.info.run_id)
    _print(trained, quality, check)
    return trained


def scorecard(data: TrainingData, table: FeatureTable, folds: OutOfFold, policy: Policy) -> Scorecard:
    """What travels beside the booster: calibration from out-of-fold log-odds, costs, words for reasons."""
    derived = {feature.name: (feature.code, feature.text, feature.scale) for feature in data.features.derived}
    known = {**table.lineage.texts, **derived}
    medians = pd.DataFrame(data.matrix, columns=data.features.names, copy=False).median()
    texts = {}
    for name in data.features.names:
        code, text, scale = known.get(name, (name, name, "amount"))
        typical = None if name in data.contract.categories or np.isnan(medians[name]) else float(medians[name])
        texts[name] = ReasonText(code=code, text=text, scale=scale, typical=typical)
    return Scorecard(calibration=fit_calibration(folds.log_odds, data.target), costs=policy.costs, texts=texts)


def _log_params(params: Parameters, policy: Policy, source: str) -> None:
    settings = Settings()
    mlflow.log_params(
        {
            **{f"lightgbm.{name}": value for name, value in params.model_dump().items()},
            **{f"costs.{name}": value for name, value in policy.costs.model_dump().items()},
            "folds": settings.folds,
            "seed": settings.seed,
            "holdout_percent": settings.holdout_percent,
        }
    )
    mlflow.set_tag("params.source", source or "defaults")
    mlflow.log_dict(params.model_dump(), "params.json")
    mlflow.log_dict(policy.model_dump(mode="json"), "policy.json")


def _log_results(
    folds: OutOfFold,
    quality: Quality,
    check: ThresholdCheck,
    booster: lgb.Booster,
    data: TrainingData,
    probability: np.ndarray,
    policy: Policy,
) -> None:
    for number, auc in enumerate(folds.fold_auc):
        held = folds.fold == number
        mlflow.log_metrics({"fold_auc": auc, "fold_default_rate": float(data.target[held].mean())}, step=number)
    low_high = {f"oof_{name}_{end}": value for name, pair in quality.intervals.items()
                for end, value in zip(("low", "high"), pair, strict=True)}  # fmt: skip
    mlflow.log_metrics(
        {
            **{f"oof_{name}": value for name, value in quality.figures.items()},
            **low_high,
            "trees": folds.rounds,
            "features": len(data.features.names),
            "threshold_closed_form": check.closed_form,
            "threshold_empirical": check.empirical,
            "threshold_band_low": check.band[0],
            "threshold_band_high": check.band[1],
            "cost_at_closed_form": check.cost_closed_form,
            "cost_at_empirical": check.cost_empirical,
        }
    )
    mlflow.log_dict({**asdict(check), "agree": check.agree}, "threshold.json")
    mlflow.set_tag("threshold.agrees", str(check.agree).lower())
    for name, figure in performance_plots(probability, data.target, policy.costs).items():
        mlflow.log_figure(figure, f"plots/{name}")
    gains = booster.feature_importance("gain")
    mlflow.log_figure(importance_plot(data.features.names, gains), "plots/importance.png")


def _print(trained: Trained, quality: Quality, check: ThresholdCheck) -> None:
    auc, band = quality.intervals["auc"], check.band
    print(
        f"  {trained.model_name} version {trained.version}, out of fold: AUC {quality.figures['auc']:.4f} "
        f"({auc[0]:.4f} to {auc[1]:.4f}), business score {quality.figures['business_score']:.3f}\n"
        f"  threshold {check.closed_form:.4f} costs {check.cost_closed_form:.4f} a client; "
        f"lowest {check.cost_empirical:.4f} at {check.empirical:.4f} ({band[0]:.4f} to {band[1]:.4f})"
    )
    if not check.agree:
        print("  WARNING: the closed form lies outside the band of the lowest cost: the model is not calibrated")


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a flat file.")] = SAMPLE,
    model_name: Annotated[str, typer.Option(help="Name of the registered model.")] = "credit-scoring",
    params: Annotated[str, typer.Option(help="LightGBM parameters: JSON, a JSON or YAML file, or an artifact.")] = "",
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
    engine: Annotated[Engine, typer.Option(help="What builds the features.")] = Engine.duckdb,
) -> None:
    """Train, calibrate, threshold, log and register a model.

    Example: python -m steps.train --data data/home-credit --params '{"num_leaves": 31}'
    """
    train(feature_table(data, target, id, engine), model_name, params)


if __name__ == "__main__":
    run(main)
