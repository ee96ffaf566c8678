"""Evaluate a model on clients outside its training, and report on it."""

from typing import Annotated

import mlflow
import typer

from steps.evaluation.groups import client_groups, refusals_plot
from steps.evaluation.on_holdout import Evaluation, Part, evaluate_model, holdout
from steps.evaluation.report import contract_figures, render
from steps.evaluation.seen_clients import was_trained_on
from steps.features import SAMPLE, feature_table
from steps.quality.plots import Plotted, performance_plots
from steps.quality.thresholds import check_threshold
from steps.registry.names import champion_uri, model_name_of
from steps.registry.readings import reading_of
from steps.registry.version_record import record_held_out
from steps.run.console import UserError, run
from steps.run.names import checked_uri
from steps.run.options import Data, Default, Identity, Leaks, Target
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import log_data, log_params, rename_run, tracked_run
from steps.training.holdout import report_holdout
from steps.training.policy_fields import check_policy_fields
from steps.training.ranges import decidable


def evaluate(
    model_uri: str, table: FeatureTable, settings: Settings, policy: Policy, part: Part = Part.holdout
) -> Evaluation:
    """Evaluate the model, and log the report, its figures and its plots."""
    check_policy_fields(policy, table)
    with tracked_run("evaluate", model_uri.removeprefix("models:/"), settings.tracking_uri):
        log_params(**table.parameters, model_uri=model_uri, part=part.value)
        if part is Part.all:
            _check_unseen(model_uri, table, settings)
        rows = holdout(table, settings.holdout_percent, part)
        report_holdout(table, rows)
        evaluation = evaluate_model(model_uri, table, rows, policy.costs, settings)
        log_data(table, rows, "evaluation")
        mlflow.set_tag("model", evaluation.model)
        rename_run(f"evaluate {evaluation.model}")
        figures = {**evaluation.quality.figures, **contract_figures(evaluation)}
        mlflow.log_metrics({f"{part}_{name}": value for name, value in figures.items()})
        _log_plots(evaluation, table, settings, policy, part)
        mlflow.log_text(render(evaluation, table, policy), "report.md")
        name, _, version = evaluation.model.rpartition("/")
        if part is Part.holdout and model_uri.startswith("models:/") and name and version.isdecimal():
            record_held_out(name, version, evaluation, table, settings)
    figures = evaluation.quality.figures
    print(f"  {evaluation.model} on {len(evaluation.target):,} clients: AUC {figures['auc']:.4f}, cost "
          f"{figures['cost']:.4f} a client, business score {figures['business_score']:.3f}, calibration error "
          f"{figures['calibration_error']:.4f}")  # fmt: skip
    return evaluation


def _log_plots(evaluation: Evaluation, table: FeatureTable, settings: Settings, policy: Policy, part: Part) -> None:
    probability, target, costs = evaluation.probability, evaluation.target, policy.costs
    clients = "held-out clients" if part is Part.holdout else "clients, all of a table not trained on"
    caption = f"{evaluation.model}, data {table.name}: {len(target):,} {clients}"
    check = check_threshold(probability, target, costs, settings.bootstraps, settings.seed)
    plots = performance_plots(Plotted(caption, probability, target, costs, evaluation.threshold, check))
    groups = list(client_groups(evaluation, table, policy))
    if groups:
        plots["refusals_by_group.png"] = refusals_plot(evaluation, groups, table, caption)
    for name, figure in plots.items():
        mlflow.log_figure(figure, f"plots/{name}")


def _check_unseen(model_uri: str, table: FeatureTable, settings: Settings) -> None:
    """Raise `UserError` where the model was trained on clients of this table: its figures on them would flatter it."""
    seen = was_trained_on(model_uri, table, settings)
    if seen:
        raise UserError(
            f"part: {model_uri} was trained on clients of {table.path.name}: expected a table of others for `all`; "
            f"`--part {Part.holdout}` evaluates on the clients that its training left out"
        )
    if seen is None:
        print(f"  {model_uri} has no record of its training data: make sure that it has seen none of these clients")


def main(
    model_uri: Annotated[str, typer.Option(help="Any MLflow model URI; empty: the data's champion.")] = "",
    data: Data = SAMPLE,
    part: Annotated[
        Part, typer.Option(help="Clients to evaluate on; all: of a table not used for training.")
    ] = Part.holdout,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
) -> None:
    """Evaluate a model on clients that no training has seen, and report on it.

    Example: python -m steps.evaluate --model-uri models:/credit-scoring/1 --data data/home-credit
    """
    checked_uri("model_uri", model_uri)
    settings, policy = Settings(), read_policy()
    model_uri = model_uri or champion_uri(model_name_of(data))
    known = reading_of(model_uri, data, settings)
    table = decidable(feature_table(data, target, id, Engine.duckdb, settings, default, leaks, known), policy)
    evaluate(model_uri, table, settings, policy, part)


if __name__ == "__main__":
    run(main)
