"""Tune LightGBM's parameters: an Optuna study over folds that are binned once, a nested run a trial."""

import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import optuna
import typer
from mlflow.entities import Run
from optuna.trial import TrialState
from tqdm import tqdm

from steps.binning import BinnedFold, bin_folds
from steps.boosting import cross_validate
from steps.console import UserError, progress, run
from steps.feature_table import FeatureTable
from steps.features import SAMPLE, Engine, feature_table
from steps.home_credit import ID, TARGET
from steps.interruption import End, interruptible
from steps.leaks import refuse_leaks
from steps.parameters import Parameters, read_params
from steps.policy import read_policy
from steps.search_space import suggest
from steps.selection import MOST_FEATURES
from steps.settings import Settings
from steps.study import FINISHED, REPORT_EVERY, finished, name_of, open_study, setup_of
from steps.study_record import log_study, log_tuning
from steps.study_storage import has_password, masked, open_storage
from steps.tracking import connect, log_data, tracked_run
from steps.training_data import training_data, training_rows
from steps.trial_record import TrialRun, bury_the_dead

JOBS = 2


@dataclass(frozen=True)
class Tuned:
    """The study as it stands, and the run whose artifact `params` holds the best parameters."""

    run_id: str
    study: optuna.Study

    @property
    def params(self) -> str:
        return f"runs:/{self.run_id}/params.json"


class GivenUp(Exception):
    """A trial that was not finished: its time was up, or enough others are on their way."""


def tune(
    table: FeatureTable,
    trials: int,
    timeout: float = 0,
    jobs: int = JOBS,
    storage: str = "",
    study_name: str = "",
    params: str = "",
    most_features: int = MOST_FEATURES,
) -> Tuned:
    """Go on with the study of this data until it has so many finished trials or `timeout` seconds (0: any) are over."""
    settings = Settings()
    place = storage or settings.tuning_storage
    connect()
    base = read_params(params)
    kept = open_storage(place)
    end = End(timeout)
    with tracked_run("tune") as parent:
        rows, policy = training_rows(table), read_policy()
        with progress(f"reading {int(rows.sum()):,} clients, {len(table.fields)} fields"):
            data = training_data(table, rows, policy)
            refuse_leaks(data, policy.implausible_auc, str(table.path))
            log_data(table, rows, "tuning")
        setup = setup_of(data, base, most_features)
        study = open_study(kept, study_name or name_of(setup), setup, base)
        log_tuning(study, masked(place), setup)
        with progress(f"choosing features among {data.matrix.shape[1]} and binning, once for all trials"):
            folds = bin_folds(data, base, most_features, settings.folds, settings.seed)
        _Tuning(study, folds, base, parent, end, trials, jobs).run()
        done = finished(study)
        if not any(trial.state == TrialState.COMPLETE for trial in done):
            raise UserError(
                f"study {study.study_name}: no trial was completed; give it more time, it goes on from here"
            )
        log_study(study, base, _why(end))
    tuned = Tuned(parent.info.run_id, study)
    _say(study, table, tuned.params, trials)
    if end.signal:
        sys.exit(128 + end.signal)
    return tuned


class _Tuning:
    """The trials of one process: `jobs` threads that share the binned folds.

    Threads, not processes: LightGBM lets go of Python's lock while it works, so that two trials on two cores take
    as long as in two processes, but the data is there once and nothing is forked behind OpenMP's back.
    """

    def __init__(
        self,
        study: optuna.Study,
        folds: list[BinnedFold],
        base: Parameters,
        parent: Run,
        end: End,
        trials: int,
        jobs: int,
    ):
        self.study, self.folds, self.base, self.parent, self.end = study, folds, base, parent, end
        self.trials, self.jobs = trials, jobs
        self.cores = max(1, Settings().cores // jobs)
        self.bar: tqdm | None = None

    def run(self) -> None:
        bury_the_dead(self.study)
        initial = len(finished(self.study))
        with (
            tqdm(total=max(self.trials, initial), initial=initial, desc="  tuning", unit="trial") as self.bar,
            ThreadPoolExecutor(self.jobs) as pool,
            interruptible(self.end),
        ):
            self._show()
            workers = [pool.submit(self._work) for _ in range(self.jobs)]
            for worker in workers:
                worker.result()

    def _work(self) -> None:
        try:
            while not self.end.reached and self._begun() < self.trials:
                self.study.optimize(self._objective, n_trials=1, catch=(GivenUp,))
                self._show()
        except BaseException:
            self.end.ask_for()  # else the other threads would go on for nothing
            raise

    def _begun(self, before: float = float("inf")) -> int:
        """Trials that are finished or under way, here or in another process."""
        there = self.study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING))
        return sum(trial.number < before for trial in there)

    def _objective(self, trial: optuna.Trial) -> float:
        if self._begun(before=trial.number) >= self.trials:
            raise GivenUp  # another process began the last one at the same moment
        params = suggest(trial, self.base)
        record = TrialRun.begin(trial, self.parent)

        def report(rounds: int, auc: float) -> None:
            if self.end.reached:
                raise GivenUp
            if rounds % REPORT_EVERY == 0:
                trial.report(auc, rounds)
                if trial.should_prune():
                    record.prune(trial, auc, rounds)
                    raise optuna.TrialPruned

        try:
            folds = cross_validate(self.folds, params, Settings().seed, report, self.cores)
        except optuna.TrialPruned:
            raise
        except BaseException:
            record.give_up(trial)
            raise
        auc = sum(folds.fold_auc) / len(folds.fold_auc)
        record.complete(trial, folds, auc)
        return auc

    def _show(self) -> None:
        done = finished(self.study)
        best = max((trial.value for trial in done if trial.state == TrialState.COMPLETE), default=None)
        if best is not None:
            pruned = sum(trial.state == TrialState.PRUNED for trial in done)
            self.bar.set_postfix_str(f"best AUC {best:.4f}, {pruned} pruned", refresh=False)
        self.bar.update(len(done) - self.bar.n)


def _why(end: End) -> str:
    if end.signal:
        return "interrupted"
    return "timeout" if end.timed_out else "trials"


def _say(study: optuna.Study, table: FeatureTable, params: str, trials: int) -> None:
    done, best = finished(study), study.best_trial
    pruned = sum(trial.state == TrialState.PRUNED for trial in done)
    print(f"  {study.study_name}: {len(done)} trials, {pruned} of them pruned")
    print(f"  best AUC {best.value:.4f} by trial {best.number}: {best.params}")
    if len(done) < trials:
        print(f"  {trials - len(done)} trials are still to do: the same command goes on from here")
    data = shlex.quote(f"data={table.path}")
    print(f"Train it:  mlflow run . -e train --env-manager local -P {data} -P params={params}")


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a flat file.")] = SAMPLE,
    trials: Annotated[
        int, typer.Option(help="Finished trials the study is to have, those of earlier runs included.", min=1)
    ] = 100,
    timeout: Annotated[
        float, typer.Option(help="Seconds after which the trials under way are given up; 0: never.", min=0)
    ] = 1800,
    jobs: Annotated[int, typer.Option(help="Trials at once in this process, which share its cores.", min=1)] = JOBS,
    storage: Annotated[
        str, typer.Option(help="Journal file or postgresql:// URL; empty: TUNE_STORAGE_URL, or data/tuning.journal.")
    ] = "",
    study: Annotated[
        str, typer.Option(help="Name of the study; empty: one for each data, seed, folds and space.")
    ] = "",
    params: Annotated[
        str, typer.Option(help="LightGBM parameters that every trial has, and the first one to try.")
    ] = "",
    most_features: Annotated[
        int, typer.Option(help="Features to use at most, those that tell most; 0: all.", min=0)
    ] = MOST_FEATURES,
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
    engine: Annotated[Engine, typer.Option(help="What builds the features.")] = Engine.duckdb,
) -> None:
    """Tune LightGBM's parameters, from where the last run on the same data ended.

    A trial counts as finished when it was completed or pruned. Several processes, on several machines where
    `storage` is PostgreSQL, may work on one study. A password belongs into TUNE_STORAGE_URL: MLflow logs `storage`.

    Example: python -m steps.tune --data data/home-credit --trials 100 --timeout 1800 --jobs 2
    """
    if storage and has_password(storage):
        print(
            "  WARNING: `storage` has a password: MLflow logs parameters. Use TUNE_STORAGE_URL instead", file=sys.stderr
        )
    tune(feature_table(data, target, id, engine), trials, timeout, jobs, storage, study, params, most_features)


if __name__ == "__main__":
    run(main)
