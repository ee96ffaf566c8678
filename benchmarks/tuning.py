"""Tuning speed, side by side in one run: this project's study and the usual loop, one improvement after the other."""

import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import steps  # noqa: F401  # before lightgbm: it sets the variables that OpenMP reads when it loads

# isort: split
import lightgbm as lgb
import numpy as np
import optuna
import typer
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from benchmarks.report import Table, as_markdown, as_text, three_digits
from benchmarks.temporary_store import temporary_store
from steps.features import SAMPLE, feature_table
from steps.run.console import progress, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from steps.tracking.runs import tracked_run
from steps.training.binning import BinnedFold, bin_folds
from steps.training.boosting import cross_validate
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.folds import stratified_folds
from steps.training.parameters import Parameters, read_params
from steps.training.selection import MOST_FEATURES
from steps.tuning.interruption import StopRequest
from steps.tuning.search_space import searched, suggest
from steps.tuning.storage import open_storage
from steps.tuning.study import open_study, setup_of
from steps.tuning.trials import Trials

PLAIN = "plain loop"
PACKAGES = ("lightgbm", "optuna", "mlflow", "numpy")
NOTES = f"""`python -m benchmarks.tuning`: every contender has the same rows, folds and cores, and the same sets of
parameters in the same order: the defaults, then random draws from the search space of `tune`.

- *{PLAIN}*: Optuna around `LGBMClassifier.fit` on each fold, all cores for each fit, all features, early stopping on
  the validation fold: the usual way.
- *{PLAIN}, features chosen*: the same on the features that `tune` uses, chosen beforehand.
- *binned once*: features chosen and folds binned once, one thread a fold, one number of rounds for all folds.
- *and trials at once*: with the journal of `tune`, a nested MLflow run and a share of the cores for each trial.
- *and pruned*: all of `tune`.

The time of a contender includes its own selection and binning. The plain loop's AUC is optimistic: it takes each fold
at its own best round, the others all folds at one. On a busy machine processor seconds are surer than minutes."""


@dataclass(frozen=True)
class Subject:
    """The input of all contenders: data, fixed parameters, and sets of the searched parameters."""

    data: TrainingData
    base: Parameters
    sets: list[dict[str, float]]
    settings: Settings

    @property
    def trials(self) -> int:
        return len(self.sets)


@dataclass(frozen=True)
class Outcome:
    """Wall-clock and processor seconds of all trials, and the best trial."""

    wall: float
    processor: float
    best: optuna.trial.FrozenTrial


def plain_loop(subject: Subject, columns_of: list[np.ndarray]) -> optuna.Study:
    """`LGBMClassifier.fit` on each fold and its columns for each trial; early stopping on the validation fold."""
    data, base, settings = subject.data, subject.base, subject.settings
    seed, rows = settings.seed, stratified_folds(data.target, settings.folds, settings.seed)
    categorical = set(data.features.categorical)

    def auc(params: Parameters, train: np.ndarray, held: np.ndarray, columns: np.ndarray) -> float:
        model = lgb.LGBMClassifier(
            n_estimators=base.rounds,
            learning_rate=params.learning_rate,
            num_leaves=params.num_leaves,
            min_child_samples=params.min_data_in_leaf,
            colsample_bytree=params.for_lightgbm(len(columns), seed, 0)["feature_fraction"],
            subsample=params.bagging_fraction,
            subsample_freq=params.bagging_freq,
            reg_alpha=params.lambda_l1,
            reg_lambda=params.lambda_l2,
            n_jobs=settings.cores,
            random_state=seed,
            verbosity=-1,
        )
        held_matrix = data.matrix[np.ix_(held, columns)]
        model.fit(
            data.matrix[np.ix_(train, columns)],
            data.target[train],
            eval_X=held_matrix,
            eval_y=data.target[held],
            eval_metric="auc",
            categorical_feature=[place for place, column in enumerate(columns) if column in categorical],
            callbacks=[lgb.early_stopping(base.patience, first_metric_only=True, verbose=False)],
        )
        return roc_auc_score(data.target[held], np.asarray(model.predict_proba(held_matrix))[:, 1])

    def objective(trial: optuna.Trial) -> float:
        params = suggest(trial, base)
        return float(np.mean([auc(params, *fold, columns) for fold, columns in zip(rows, columns_of, strict=True)]))

    return _loop(objective, subject)


def binned_loop(subject: Subject) -> optuna.Study:
    """The same loop over folds that are binned once and grow in parallel; trials one at a time, without pruning."""
    folds = _folds(subject)

    def objective(trial: optuna.Trial) -> float:
        grown = cross_validate(folds, suggest(trial, subject.base), subject.settings.seed, subject.settings.cores)
        return float(np.mean(grown.fold_auc))

    return _loop(objective, subject)


def tuned(subject: Subject, jobs: int, pruned: bool) -> optuna.Study:
    """`tune` itself: journal file, a nested MLflow run for each trial, `jobs` trials at once."""
    setup = setup_of(subject.data, subject.base, MOST_FEATURES, subject.settings)
    folds = _folds(subject)
    with tempfile.TemporaryDirectory() as folder, tracked_run("tune", subject.settings.tracking_uri) as parent:
        study = open_study(open_storage(f"{folder}/journal"), "benchmark", setup, subject.base)
        for each in subject.sets[1:]:  # a study enqueues the defaults, the first set, itself
            study.enqueue_trial(each)
        if not pruned:
            study.pruner = optuna.pruners.NopPruner()
        Trials(study, folds, subject.base, subject.trials, jobs, parent, subject.settings).run(StopRequest())
        in_memory = optuna.create_study(direction="maximize")
        in_memory.add_trials(study.get_trials(deepcopy=False))
    return in_memory


def parameter_sets(base: Parameters, trials: int, seed: int) -> list[dict[str, float]]:
    """The defaults, and random draws from the search space of `tune`."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    study.enqueue_trial(searched(base))
    sets = []
    for _ in range(trials):
        trial = study.ask()
        suggest(trial, base)
        sets.append(trial.params)
    return sets


def _folds(subject: Subject) -> list[BinnedFold]:
    return bin_folds(
        subject.data, subject.base, MOST_FEATURES, subject.settings.folds, subject.settings.seed, subject.settings.cores
    )


def _loop(objective: Callable[[optuna.Trial], float], subject: Subject) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for each in subject.sets:
        study.enqueue_trial(each)
    with tqdm(total=subject.trials, unit="trial", mininterval=1) as bar:

        def advance(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
            bar.update()

        study.optimize(objective, n_trials=subject.trials, callbacks=[advance])
    return study


def _measure(contender: Callable[[], optuna.Study]) -> Outcome:
    wall, processor = time.perf_counter(), time.process_time()
    study = contender()
    return Outcome(time.perf_counter() - wall, time.process_time() - processor, study.best_trial)


def _table(subject: Subject, outcomes: dict[str, Outcome]) -> Table:
    rows, columns = subject.data.matrix.shape
    plain = outcomes[PLAIN]
    lines = [
        [
            name,
            three_digits(60 * subject.trials / outcome.wall),
            f"{plain.wall / outcome.wall:.1f} x",
            three_digits(outcome.processor / subject.trials),
            f"{plain.processor / outcome.processor:.1f} x",
            f"{outcome.best.value:.4f}",
        ]
        for name, outcome in outcomes.items()
    ]
    title = f"{rows:,} clients, {columns} features, {subject.trials} trials"
    header = ["", "trials a minute", "ratio", "processor s a trial", "ratio", "best AUC"]
    return Table(title, header, lines)


def _machine(settings: Settings) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{settings.cores} cores, Python {platform.python_version()}, {packages}."


def main(
    data: Data = SAMPLE,
    trials: Annotated[int, typer.Option(min=2, help="Trials of each contender.")] = 30,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at once in `tune`.")] = 2,
    params: Annotated[str, typer.Option(help="Fixed LightGBM parameters of all trials.")] = "",
    out: Annotated[Path | None, typer.Option(help="File for the table in Markdown.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure tuning against a plain loop: binned once, trials at once, pruned, one improvement after the other.

    Example: python -m benchmarks.tuning --trials 30 --out docs/tuning-benchmark.md
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with temporary_store(Settings()) as (_, settings):
        table = feature_table(data, target, id, Engine.duckdb, settings)
        base = read_params(params)
        training = training_data(table, training_rows(table, settings.holdout_percent), read_policy())
        subject = Subject(training, base, parameter_sets(base, trials, settings.seed), settings)
        all_columns = settings.folds * [np.arange(training.matrix.shape[1])]
        with progress("choosing features for a plain loop, outside its time"):
            chosen = [fold.columns for fold in _folds(subject)]
        contenders: dict[str, Callable[[], optuna.Study]] = {
            PLAIN: lambda: plain_loop(subject, all_columns),
            f"{PLAIN}, features chosen": lambda: plain_loop(subject, chosen),
            "binned once": lambda: binned_loop(subject),
            f"and {jobs} trials at once": lambda: tuned(subject, jobs, pruned=False),
            "and pruned: tune": lambda: tuned(subject, jobs, pruned=True),
        }
        outcomes = {}
        for name, contender in contenders.items():
            print(f"  {name}")
            outcomes[name] = _measure(contender)
            print(f"  {name}: {outcomes[name].wall:.0f} s, best AUC {outcomes[name].best.value:.4f}", flush=True)
    result = _table(subject, outcomes)
    print(f"\n{as_text(result)}")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        command = shlex.join(["python", "-m", "benchmarks.tuning", *sys.argv[1:]])
        page = ["# Tuning speed", NOTES, f"    {command}", _machine(settings), as_markdown(result)]
        out.write_text("\n\n".join(page) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
