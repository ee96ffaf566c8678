"""Tune LightGBM's parameters: an Optuna study on folds binned once, with a nested run per trial."""

import shlex
import sys
from dataclasses import dataclass
from typing import Annotated

import optuna
import typer
from optuna.trial import TrialState

from steps.features import SAMPLE, feature_table
from steps.registry.names import chosen_model_name
from steps.registry.readings import present_reading
from steps.run.console import UserError, progress, run
from steps.run.names import checked_name
from steps.run.options import BuildEngine, Data, Default, Identity, Leaks, MostFeatures, Params, Target
from steps.run.policy import Policy, read_policy
from steps.run.settings import Engine, LeaksTreatment, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.tracking.connection import connect
from steps.tracking.runs import describe_run, log_params, tracked_run
from steps.training.binning import bin_folds
from steps.training.clients import read_clients
from steps.training.data import training_rows
from steps.training.holdout import report_holdout
from steps.training.parameters import read_params
from steps.training.ranges import decidable
from steps.training.selection import MOST_FEATURES
from steps.tuning.interruption import StopRequest
from steps.tuning.storage import has_password, masked, open_storage, storage_failures
from steps.tuning.study import finished, name_of, open_study, setup_of
from steps.tuning.study_record import log_study, log_tuning
from steps.tuning.trials import Trials

JOBS = 2


@dataclass(frozen=True)
class Tuned:
    """The study, and the run with the best parameters as the artifact `params`."""

    run_id: str
    study: optuna.Study

    @property
    def params(self) -> str:
        return f"runs:/{self.run_id}/params.json"


def tune(
    table: FeatureTable,
    settings: Settings,
    policy: Policy,
    trials: int,
    timeout: float = 0,
    jobs: int = JOBS,
    storage: str = "",
    study_name: str = "",
    params: str = "",
    most_features: int = MOST_FEATURES,
) -> Tuned:
    """Continue the study of this data until it has `trials` finished trials, or for `timeout` seconds (0: no limit).

    An empty `storage` stands for the one in the settings, an empty `study_name` for a name unique to data and setup.
    """
    location = storage or settings.tuning_storage
    connect(settings.tracking_uri)
    base = read_params(params)
    studies = open_storage(location)
    stop = StopRequest(timeout)
    with tracked_run("tune", table.name, settings.tracking_uri) as parent, storage_failures(location):
        log_params(**table.parameters, trials=trials, timeout=timeout, jobs=jobs, most_features=most_features)
        rows = training_rows(table, settings.holdout_percent)
        report_holdout(table, ~rows)
        data = read_clients(table, rows, policy, "tuning", settings.seed)
        setup = setup_of(data, base, most_features, settings)
        study = open_study(studies, study_name or name_of(setup), setup, base)
        log_tuning(study, masked(location), setup)
        with progress(f"choosing features among {data.matrix.shape[1]} and binning, once for all trials"):
            folds = bin_folds(data, base, most_features, settings.folds, settings.seed, settings.cores)
        Trials(study, folds, base, trials, jobs, parent, settings).run(stop)
        done = finished(study)
        if not any(trial.state == TrialState.COMPLETE for trial in done):
            raise UserError(
                f"study {study.study_name}: no trial is complete yet; run the same command with more time to continue"
            )
        caption = f"study {study.study_name}, data {table.name}: {len(data.target):,} training clients, out of fold"
        log_study(study, base, "trials" if len(done) >= trials else _why(stop), caption)
        tuned = Tuned(parent.info.run_id, study)
        describe_run(
            f"Best AUC {study.best_value:.4f}, mean of the folds, by trial {study.best_trial.number} of {len(done)}. "
            f"Train it:\n\n    {train_command(table, tuned.params)}"
        )
        _print_summary(study, table, tuned.params, trials)
        if stop.signal:
            sys.exit(128 + stop.signal)
    return tuned


def _why(stop: StopRequest) -> str:
    return "interruption" if stop.signal else "timeout"


def _print_summary(study: optuna.Study, table: FeatureTable, params: str, trials: int) -> None:
    done, best = finished(study), study.best_trial
    pruned = sum(trial.state == TrialState.PRUNED for trial in done)
    print(f"  {study.study_name}: {len(done)} trials, {pruned} of them pruned")
    print(f"  best AUC {best.value:.4f} by trial {best.number}: {best.params}")
    if len(done) < trials:
        print(f"  {trials - len(done)} trials remain: the same command continues")
    print(f"Train it:  {train_command(table, params)}")


def train_command(table: FeatureTable, params: str) -> str:
    """The command that trains on the data that the user gave, with these parameters."""
    given = {**table.parameters, "params": params}
    options = " ".join(f"-P {shlex.quote(f'{name}={value}')}" for name, value in given.items())
    return f"mlflow run . -e train --env-manager local {options}"


def main(
    data: Data = SAMPLE,
    trials: Annotated[
        int, typer.Option(help="Finished trials that the study should have, earlier runs included.", min=1)
    ] = 100,
    timeout: Annotated[
        float, typer.Option(help="Seconds after which running trials are abandoned; 0: no limit.", min=0)
    ] = 1800,
    jobs: Annotated[int, typer.Option(help="Parallel trials in this process, which share its cores.", min=1)] = JOBS,
    storage: Annotated[
        str, typer.Option(help="Journal file or postgresql:// URL; empty: TUNE_STORAGE_URL, or data/tuning.journal.")
    ] = "",
    study: Annotated[str, typer.Option(help="Name of the study; empty: one per data, seed, folds and space.")] = "",
    params: Params = "",
    most_features: MostFeatures = MOST_FEATURES,
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    leaks: Leaks = LeaksTreatment.described,
    engine: BuildEngine = Engine.duckdb,
) -> None:
    """Tune LightGBM's parameters; a further run on the same data continues the study.

    Completed and pruned trials count as finished. Several processes can share a study, on several machines if `storage`
    is PostgreSQL. A password belongs in TUNE_STORAGE_URL, as MLflow logs `storage`. `params` hold for every trial; the
    first trial has their values of the searched parameters, too.

    Example: python -m steps.tune --data data/home-credit --trials 100 --timeout 1800 --jobs 2
    """
    if storage and has_password(storage):
        print(
            "  warning: `storage` has a password: MLflow logs parameters. Use TUNE_STORAGE_URL instead", file=sys.stderr
        )
    if study:
        checked_name("study", study, "spring-2026")
    settings, policy = Settings(), read_policy()
    if params:  # a mistake in them is told before the table is built
        connect(settings.tracking_uri)
        read_params(params)
    known = present_reading(chosen_model_name("", data), data, settings)
    table = decidable(feature_table(data, target, id, engine, settings, default, leaks, known), policy)
    tune(table, settings, policy, trials, timeout, jobs, storage, study, params, most_features)


if __name__ == "__main__":
    run(main)
