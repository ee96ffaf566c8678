"""Evaluate a model on clients outside its training, and report on it."""

from functools import partial
from typing import Annotated

import mlflow
import numpy as np
import typer

from steps.evaluation.groups import client_groups
from steps.evaluation.in_subprocess import Score, score_in_subprocess
from steps.evaluation.on_holdout import Evaluation, Part, evaluate_model, holdout
from steps.evaluation.report.assembly import Subject, build_report
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.model_card import model_card
from steps.evaluation.report.omissions import contract_figures
from steps.evaluation.report.pictures import pictures
from steps.evaluation.report.record import PAGE, log_report
from steps.evaluation.report.report import Report
from steps.evaluation.seen_clients import was_trained_on
from steps.evaluation.training_run import training_run
from steps.features import SAMPLE, feature_table
from steps.quality.thresholds import check_threshold
from steps.registry.champion import is_same
from steps.registry.names import champion_uri, model_name_of
from steps.registry.readings import reading_of
from steps.registry.version_record import record_held_out, record_report
from steps.registry.versions import find_champion, named_version, uri_of
from steps.run.background import Background
from steps.run.console import UserError, progress, run
from steps.run.names import checked_uri
from steps.run.off_record import off_record
from steps.run.options import Data, Default, Identity, Leaks, Target, Truth
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import describe_run, log_data, log_params, rename_run, tracked_run
from steps.training.holdout import report_holdout
from steps.training.policy_fields import check_policy_fields, report_lacking
from steps.training.ranges import decidable

NO_CHAMPION = "There is no champion to compare with."


def evaluate(
    model_uri: str,
    table: FeatureTable,
    settings: Settings,
    policy: Policy,
    part: Part = Part.holdout,
    fairness_price: bool = False,
    score: Score = score_in_subprocess,
) -> Evaluation:
    """Evaluate the model, and log the report, its figures and its plots; `score` gives its decisions."""
    check_policy_fields(policy, table)
    with tracked_run("evaluate", model_uri.removeprefix("models:/"), settings.tracking_uri) as active:
        log_params(**table.parameters, model_uri=model_uri, part=part.value, fairness_price=fairness_price)
        if part is Part.all:
            _check_unseen(model_uri, table, settings)
        rows = holdout(table, settings.holdout_percent, part)
        report_holdout(table, rows)
        evaluation, champion = _evaluations(model_uri, table, rows, settings, policy, part, score)
        log_data(table, rows, "evaluation")
        mlflow.set_tag("model", evaluation.model)
        rename_run(f"evaluate {evaluation.model}")
        report = _report(model_uri, evaluation, champion, table, settings, policy, part, fairness_price)
        figures = {**evaluation.quality.figures, **report.discrimination.of_ranking, **contract_figures(evaluation)}
        mlflow.log_metrics({f"{part}_{name}": value for name, value in figures.items()})
        name, _, version = evaluation.model.rpartition("/")
        if part is Part.holdout and model_uri.startswith("models:/") and name and version.isdecimal():
            record_held_out(name, version, evaluation, table, settings)
            record_report(name, version, active.info.run_id, table, settings)
        describe_run(f"`{evaluation.model}` {_in_words(evaluation)}. The report is `{PAGE}` among the artifacts.")
    print(f"  {evaluation.model} {_in_words(evaluation)}")
    return evaluation


def _in_words(evaluation: Evaluation) -> str:
    figures = evaluation.quality.figures
    return (
        f"on {len(evaluation.target):,} clients: AUC {figures['auc']:.4f}, cost {figures['cost']:.4f} a client, "
        f"business score {figures['business_score']:.3f}, calibration error {figures['calibration_error']:.4f}"
    )


def _report(
    model_uri: str,
    evaluation: Evaluation,
    champion: Evaluation | LeftOut,
    table: FeatureTable,
    settings: Settings,
    policy: Policy,
    part: Part,
    fairness_price: bool,
) -> Report:
    """The report, logged as a page, as JSON and as model documentation, with its plots as files of their own."""
    with progress("measuring the report"):
        probability, target, costs = evaluation.probability, evaluation.target, policy.costs
        check = check_threshold(probability, target, costs, settings.bootstraps, settings.seed)
        run, seen = training_run(model_uri), was_trained_on(model_uri, table, settings)
        subject = Subject(evaluation, champion, run, seen, check)
        report = build_report(subject, table, policy, settings, part, fairness_price)
    clients = "held-out clients" if part is Part.holdout else "clients, all of a table not trained on"
    caption = f"{evaluation.model}, data {table.name}: {len(target):,} {clients}"
    with progress("drawing and logging the report"):
        groups = list(client_groups(evaluation, table, policy))
        drawn = pictures(report, evaluation, table, groups, check, costs, caption)
        log_report(report, drawn, model_card(report, table, policy, run))
    return report


def _evaluations(
    model_uri: str, table: FeatureTable, rows: np.ndarray, settings: Settings, policy: Policy, part: Part, score: Score
) -> tuple[Evaluation, Evaluation | LeftOut]:
    """The model's evaluation, and the champion's on the same clients, both at once; or why there is none of a champion.

    Each runs in a process of its own.
    """
    other = _other_champion(model_uri, table, settings, part)
    with off_record():  # around both: neither may restore the variables while the other starts its process
        if isinstance(other, LeftOut):
            return evaluate_model(model_uri, table, rows, policy.costs, settings, inspected=True, score=score), other
        compared = Background(partial(evaluate_model, other, table, rows, policy.costs, settings, examined=False))
        evaluation = evaluate_model(model_uri, table, rows, policy.costs, settings, inspected=True, score=score)
        try:
            return evaluation, compared.result()
        except UserError as error:
            print(f"  the champion is not compared: {error}")
            return evaluation, LeftOut(
                left_out=f"The champion {other} could not be evaluated on these clients: {error}"
            )


def _other_champion(model_uri: str, table: FeatureTable, settings: Settings, part: Part) -> str | LeftOut:
    """The URI of the champion of the model's name, or why the report does not compare with it."""
    version = named_version(model_uri)
    champion = None if version is None else find_champion(version.name)
    if version is None or champion is None:
        return LeftOut(left_out=NO_CHAMPION)
    if is_same(version, champion):
        return LeftOut(left_out="This version is the champion.")
    uri = uri_of(champion)
    if part is Part.all and was_trained_on(uri, table, settings):
        return LeftOut(left_out=f"The champion {uri} was trained on clients of this table.")
    return uri


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
    fairness_price: Annotated[
        Truth, typer.Option(help="true: refit without each protected attribute, each about as long as training.")
    ] = Truth.false,
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
    report_lacking(policy, table)
    evaluate(model_uri, table, settings, policy, part, fairness_price is Truth.true)


if __name__ == "__main__":
    run(main)
