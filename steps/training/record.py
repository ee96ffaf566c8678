"""The record of a training run, in MLflow and on the console."""

from collections.abc import Mapping
from dataclasses import asdict

import mlflow
import numpy as np
import pandas as pd

from custom_model.contract import Contract
from custom_model.meanings import Meaning
from steps.quality.figures import Quality
from steps.quality.importance_plot import importance_plot
from steps.quality.plots import Plotted, performance_plots
from steps.quality.thresholds import ThresholdCheck
from steps.run.console import counted, listed
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.training.data import TrainingData
from steps.training.learning import FittedModel
from steps.training.parameters import Parameters, tuning_of
from steps.training.policy_record import log_policy
from steps.training.reasons import ReasonCoverage
from steps.training.requirements import Requirements

WORST_UNSTATED = 0.01  # share of refusals from which on missing reasons are reported on the console
UNWORDED = "features/without_wording.json"  # an artifact of the run
LISTED = 5  # features that the console names


def log_setup(params: Parameters, policy: Policy, source: str, settings: Settings) -> None:
    """Log the parameters with their source, the policy, and the settings that affect the result."""
    mlflow.log_params(
        {
            **{f"lightgbm.{name}": value for name, value in params.model_dump().items()},
            **{f"costs.{name}": value for name, value in policy.costs.model_dump(exclude_none=True).items()},
            "folds": settings.folds,
            "seed": settings.seed,
            "holdout_percent": settings.holdout_percent,
        }
    )
    mlflow.set_tags({"params.source": source or "defaults", **tuning_of(source)})
    mlflow.log_dict(params.model_dump(), "params.json")
    log_policy(policy)


def log_results(
    model: FittedModel,
    quality: Quality,
    check: ThresholdCheck,
    data: TrainingData,
) -> None:
    """Log the figures by fold and overall, both thresholds, the model's features, and how many have a direction."""
    folds = model.folds
    mlflow.log_metrics(
        {"fold_auc_mean": float(np.mean(folds.fold_auc)), "fold_auc_std": float(np.std(folds.fold_auc, ddof=1))}
    )
    for number, auc in enumerate(folds.fold_auc):
        validation = folds.fold == number
        mlflow.log_metrics({"fold_auc": auc, "fold_default_rate": float(data.target[validation].mean())}, step=number)
    low_high = {f"oof_{name}_{end}": value for name, pair in quality.intervals.items()
                for end, value in zip(("low", "high"), pair, strict=True)}  # fmt: skip
    mlflow.log_metrics(
        {
            **{f"oof_{name}": value for name, value in quality.figures.items()},
            **low_high,
            "trees": model.booster.num_trees(),
            "features": len(model.names),
            "directed_features": directed(model, data),
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
    gains = model.booster.feature_importance("gain")
    mlflow.log_dict(dict(zip(model.names, gains.tolist(), strict=True)), "features/gain.json")


def directed(model: FittedModel, data: TrainingData) -> int:
    """The number of the model's features with which its risk moves one way only."""
    return sum(name in data.directions for name in model.names)


def log_plots(model: FittedModel, plotted: Plotted, meanings: Mapping[str, Meaning]) -> None:
    """Log the plots of the clients out of fold, and that of the model's features."""
    gains = model.booster.feature_importance("gain")
    plots = performance_plots(plotted)
    plots["importance.png"] = importance_plot(model.names, gains, meanings, plotted.caption.partition(":")[0])
    for name, figure in plots.items():
        mlflow.log_figure(figure, f"plots/{name}")


def log_requirements(requirements: Requirements, typical: Mapping[str, float | str | None]) -> None:
    """Log what leaving each field and each group of optional fields out would win, and the shortest request.

    The shortest request has the values of a typical application.
    """
    contract = requirements.contract
    table = [
        {
            "left_out": each.name,
            "fields": len(each.fields),
            "must_be_sent": _sent(each.name, contract) if len(each.fields) == 1 else "no",
            "refused": each.refused,
            "granted_without_it": each.granted,
            "share": each.share,
            "share_highest": each.highest,
        }
        for each in (*requirements.alone, *requirements.rest)
    ]
    mlflow.log_table(pd.DataFrame(table), "requirements/omissions.json")
    mlflow.log_dict(contract.shortest_request(typical), "requests/shortest.json")
    mlflow.log_dict(requirements.because, "requirements/because.json")
    mlflow.log_metrics(
        {
            "required_fields": len(contract.required),
            "declared_fields": len(contract.declared),
            "omission_worst": max((each.share for each in requirements.open), default=0.0),
        }
    )


def print_requirements(requirements: Requirements) -> None:
    """Print how many fields must be sent, and the most that leaving others out would win."""
    contract, worst = requirements.contract, max(requirements.open, key=lambda each: each.share, default=None)
    history = len(contract.declared_history)
    past = f", and history: {history} fields or a lookup in the history store" if history else ""
    print(
        f"  an application must have {len(contract.required)} fields with a value, {len(contract.declared) - history} "
        f"with a value or null{past}"
    )
    if worst is not None:
        print(
            f"  leaving others out would win credit for at most {worst.share:.1%} of the refused "
            f"({worst.name}: {worst.granted} of {worst.refused})"
        )


def _sent(name: str, contract: Contract) -> str:
    """How a field must be sent: "with a value", "with a value or null", or "no"."""
    if name in contract.required:
        return "with a value"
    return "with a value or null" if name in contract.declared else "no"


def log_coverage(coverage: ReasonCoverage) -> None:
    """Log how many refusals have reasons with a sentence, and the features that give none."""
    mlflow.log_metrics(
        {
            "features_without_wording": len(coverage.unworded),
            "refusals_explained": coverage.refusals,
            "refusals_without_reasons": coverage.without_reasons,
            "refusals_without_full_reasons": coverage.without_full_reasons,
            "refusals_without_main_reason": coverage.without_main_reason,
        }
    )
    mlflow.log_dict({"features": coverage.unworded}, UNWORDED)


def print_coverage(coverage: ReasonCoverage) -> None:
    """Warn where refusals rest on what no sentence states, with what to do."""
    shares = {
        "have no reason with a sentence for the client": coverage.without_reasons,
        "have fewer reasons than a client is due": coverage.without_full_reasons,
        "have a main reason without a sentence": coverage.without_main_reason,
    }
    lines = [f"{share:.1%} {words}" for words, share in shares.items() if share > WORST_UNSTATED]
    if lines:
        print(
            f"  warning: of {counted(coverage.refusals, 'refused client')}, {'; '.join(lines)}: write sentences into "
            f"policy.yaml's `wording`, or `words` into the file's description{_unworded(coverage)}"
        )


def _unworded(coverage: ReasonCoverage) -> str:
    """The features that no value gives a reason of, for a warning; nothing without any."""
    return f", first for {listed(coverage.unworded, LISTED)}. Details: {UNWORDED}" if coverage.unworded else ""


def print_summary(
    version: str, model: FittedModel, quality: Quality, check: ThresholdCheck, data: TrainingData
) -> None:
    """Print a summary, with a warning where the closed form lies outside the band of the lowest cost."""
    auc, band, one_way = quality.intervals["auc"], check.band, directed(model, data)
    ways = f" ({one_way} of them in one direction)" if one_way else ""
    print(
        f"  {version}: {len(model.names)} features{ways}, {model.booster.num_trees():,} trees; out of fold: "
        f"AUC {quality.figures['auc']:.4f} ({auc[0]:.4f} to {auc[1]:.4f}), "
        f"business score {quality.figures['business_score']:.3f}\n"
        f"  threshold {check.closed_form:.4f} costs {check.cost_closed_form:.4f} a client; "
        f"lowest {check.cost_empirical:.4f} at {check.empirical:.4f} ({band[0]:.4f} to {band[1]:.4f})"
    )
    if not check.agree:
        print("  warning: the closed form lies outside the band of the lowest cost: the model is not calibrated")
