"""Train, calibrate, set the threshold, log and register a model."""

from dataclasses import dataclass
from typing import Annotated

import typer
from mlflow import MlflowClient

from custom_model.costs import is_refused
from custom_model.model import decider
from steps.evaluation.seen_clients import DIGEST
from steps.features import SAMPLE, feature_table
from steps.monitoring.referencing.building import Subject, build_reference
from steps.monitoring.referencing.own_model import OwnModel
from steps.quality.calibration import cross_calibrated
from steps.quality.figures import measure
from steps.quality.plots import Plotted
from steps.quality.thresholds import check_threshold
from steps.registry.artifact import log_model
from steps.registry.compatibility import check_same_lender
from steps.registry.names import chosen_model_name
from steps.registry.readings import present_reading
from steps.registry.version_record import in_one_line, record, training_facts, version_link
from steps.run.console import progress, run
from steps.run.options import BuildEngine, Data, Default, Identity, Leaks, ModelName, MostFeatures, Params, Target
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.connection import connect
from steps.tracking.runs import describe_run, log_params, tracked_run
from steps.training.clients import read_clients
from steps.training.data import training_rows, typical_application
from steps.training.holdout import report_holdout
from steps.training.inputs import fingerprint
from steps.training.learning import build_scorecard, fit_model
from steps.training.parameters import read_params
from steps.training.ranges import decidable, field_ranges
from steps.training.reasons import coverage
from steps.training.record import (
    log_coverage,
    log_plots,
    log_requirements,
    log_results,
    log_setup,
    print_coverage,
    print_requirements,
    print_summary,
)
from steps.training.requirements import requirements_of
from steps.training.score_reference import log_score_reference
from steps.training.selection import MOST_FEATURES
from steps.training.unlabelled import log_unlabelled, print_unlabelled, score_unlabelled


@dataclass(frozen=True)
class TrainedVersion:
    """A registered version, and the run that trained it."""

    model_name: str
    version: int
    run_id: str

    @property
    def uri(self) -> str:
        return f"models:/{self.model_name}/{self.version}"


def train(
    table: FeatureTable,
    model_name: str,
    settings: Settings,
    policy: Policy,
    params: str = "",
    most_features: int = MOST_FEATURES,
    bag: int = 1,
) -> TrainedVersion:
    """Train on the clients outside the holdout, and register the model as a new version."""
    connect(settings.tracking_uri)  # parameters may be an artifact of a run
    check_same_lender(table, model_name)
    parameters = read_params(params)
    with tracked_run("train", table.name, settings.tracking_uri) as active:
        log_params(**table.parameters, model_name=model_name, most_features=most_features, bag=bag)
        rows = training_rows(table, settings.holdout_percent)
        report_holdout(table, ~rows)
        ranges = field_ranges(table, rows, policy)
        data = read_clients(table, rows, policy, "training", settings.seed)
        log_setup(parameters, policy, params, settings)
        model = fit_model(data, parameters, most_features, settings, bag)
        probability = cross_calibrated(model.folds.log_odds, data.target, model.folds.fold)
        refused = is_refused(probability, policy.costs.threshold)
        with progress("measuring out of fold"):
            quality = measure(
                probability,
                refused,
                data.target,
                policy.costs,
                settings.bootstraps,
                settings.seed,
                policy.costs.needs_review(probability),
            )
            check = check_threshold(probability, data.target, policy.costs, settings.bootstraps, settings.seed)
        scorecard = build_scorecard(model, data, table.lineage.meanings, policy, ranges, table.lineage.words)
        requirements = requirements_of(
            model.booster, scorecard, data.contract, table, rows, policy.most_won_by_omission, settings.seed
        )
        log_results(model, quality, check, data)
        log_score_reference(probability, model.folds.fold)
        unlabelled = score_unlabelled(model.booster, scorecard, data.contract, table, ~rows, settings.seed)
        example = typical_application(table, rows, requirements.contract)
        log_requirements(requirements, example)
        with progress("explaining refusals"):
            explained = coverage(model.booster, scorecard, data, refused, settings.seed)
        log_coverage(explained)
        if unlabelled is not None:
            log_unlabelled(unlabelled)
        scorecard = scorecard.model_copy(update={"because": requirements.because})
        with progress("deciding on held-out clients, for the reference that monitoring compares traffic with"):
            own = decider(requirements.contract, scorecard, model.booster, model_name)
            subject = Subject(own.contract, own.features.inputs, policy.costs, OwnModel(own, settings.cores))
            held = ~rows if not rows.all() else rows
            reference = build_reference(table, rows, held, subject, policy, settings.seed)
        with progress("logging and registering the model"):
            version = log_model(model.booster, scorecard, requirements.contract, example, model_name, reference)
            inputs = fingerprint(table, parameters, policy, settings, most_features, bag)
            digest = MlflowClient().get_run(active.info.run_id).data.tags[DIGEST]
            facts = training_facts(table.name, digest, quality, policy.costs, len(model.names), inputs)
            record(model_name, version, facts)
            describe_run(f"{version_link(model_name, version)}. {in_one_line(facts)}")
        caption = f"{model_name}/{version}, data {table.name}: {len(data.target):,} training clients, out of fold"
        plotted = Plotted(caption, probability, data.target, policy.costs, policy.costs.threshold, check)
        log_plots(model, plotted, scorecard.meanings)
        trained = TrainedVersion(model_name, version, active.info.run_id)
    print_summary(f"{model_name} version {trained.version}", model, quality, check, data)
    print_requirements(requirements)
    print_coverage(explained)
    if unlabelled is not None:
        print_unlabelled(unlabelled)
    return trained


def main(
    data: Data = SAMPLE,
    model_name: ModelName = "",
    params: Params = "",
    most_features: MostFeatures = MOST_FEATURES,
    bag: Annotated[int, typer.Option(help="Boosters to average, each trained without one fold.", min=1)] = 1,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Train, calibrate, set the threshold, log and register a model.

    Example: python -m steps.train --data data/home-credit --params '{"num_leaves": 31}' --bag 5
    """
    model_name = chosen_model_name(model_name, data)
    settings, policy = Settings(), read_policy()
    if params:  # a mistake in them is told before the table is built
        connect(settings.tracking_uri)
        read_params(params)
    known = present_reading(model_name, data, settings)
    table = decidable(feature_table(data, target, id, engine, settings, default, leaks, known), policy)
    train(table, model_name, settings, policy, params, most_features, bag)


if __name__ == "__main__":
    run(main)
