"""Tuning speed, side by side in one run: this project's study and the loop that everyone writes, step by step."""

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

import steps  # noqa: F401  # before lightgbm: it sets what OpenMP reads when it is loaded

# isort: split
import lightgbm as lgb
import numpy as np
import optuna
import typer
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from benchmarks.report import Table, as_markdown, as_text, three_digits
from benchmarks.tracking_store import store_of_its_own
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
from steps.tuning.interruption import End
from steps.tuning.search_space import searched, suggest
from steps.tuning.storage import open_storage
from steps.tuning.study import open_study, setup_of
from steps.tuning.trials import Trials

PLAIN = "plain loop"
PACKAGES = ("lightgbm", "optuna", "mlflow", "numpy")
NOTES = f"""`python -m benchmarks.tuning`: every contender has the same rows, folds and cores, and the same sets of
parameters in the same order: the defaults, then some drawn at random from the space of `tune`.

- *{PLAIN}*: Optuna around `LGBMClassifier.fit` on each fold, all cores to each fit, all features, early stopping on
  the held fold: the way it is mostly written.
- *{PLAIN}, features chosen*: the same on the features that `tune` uses, chosen for it beforehand.
- *binned once*: features chosen and folds binned once, a thread a fold, one number of rounds for all folds.
- *and trials at once*: `tune`'s journal and a nested MLflow run a trial, each trial on its share of the cores.
- *and pruned*: `tune` as it is.

Choosing and binning counts for whoever does it. The plain loop's AUC is of each fold at its own best round, the others'
of all folds at one: it says more than it knows. Processor seconds tell more than minutes where other programs run."""


@dataclass(frozen=True)
class Subject:
    """What all contenders get: the data, the parameters that are not searched, the sets of those that are."""

    data: TrainingData
    base: Parameters
    sets: list[dict[str, float]]

    @property
    def trials(self) -> int:
        return len(self.sets)


@dataclass(frozen=True)
class Outcome:
    """Wall and processor seconds of all trials, and the best that was found."""

    wall: float
    processor: float
    best: optuna.trial.FrozenTrial


def plain_loop(subject: Subject, columns_of: list[np.ndarray]) -> optuna.Study:
    """`LGBMClassifier.fit` on each fold, on columns of its own, for each trial; early stopping on the held fold."""
    data, base, seed = subject.data, subject.base, Settings().seed
    rows = stratified_folds(data.target, Settings().folds, seed)
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
            n_jobs=Settings().cores,
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
        return roc_auc_score(data.target[held], model.predict_proba(held_matrix)[:, 1])

    def objective(trial: optuna.Trial) -> float:
        params = suggest(trial, base)
        return float(np.mean([auc(params, *fold, columns) for fold, columns in zip(rows, columns_of, strict=True)]))

    return _loop(objective, subject)


def binned_loop(subject: Subject) -> optuna.Study:
    """The same loop over folds that are binned once and grow side by side; trials one after the other, none pruned."""
    folds = _folds(subject)

    def objective(trial: optuna.Trial) -> float:
        grown = cross_validate(folds, suggest(trial, subject.base), Settings().seed, Settings().cores)
        return float(np.mean(grown.fold_auc))

    return _loop(objective, subject)


def tuned(subject: Subject, jobs: int, pruned: bool) -> optuna.Study:
    """`tune` itself: journal file, a nested MLflow run a trial, `jobs` trials at once."""
    setup = setup_of(subject.data, subject.base, MOST_FEATURES, Settings())
    folds = _folds(subject)
    with tempfile.TemporaryDirectory() as folder, tracked_run("tune", Settings().tracking_uri) as parent:
        study = open_study(open_storage(f"{folder}/journal"), "benchmark", setup, subject.base)
        for each in subject.sets[1:]:  # the first are the defaults, which a study begins with
            study.enqueue_trial(each)
        if not pruned:
            study.pruner = optuna.pruners.NopPruner()
        Trials(study, folds, subject.base, subject.trials, jobs, parent, Settings()).run(End())
        in_memory = optuna.create_study(direction="maximize")
        in_memory.add_trials(study.get_trials(deepcopy=False))
    return in_memory


def parameter_sets(base: Parameters, trials: int) -> list[dict[str, float]]:
    """The defaults, and sets drawn at random from the space that `tune` searches."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=Settings().seed))
    study.enqueue_trial(searched(base))
    sets = []
    for _ in range(trials):
        trial = study.ask()
        suggest(trial, base)
        sets.append(trial.params)
    return sets


def _folds(subject: Subject) -> list[BinnedFold]:
    return bin_folds(subject.data, subject.base, MOST_FEATURES, Settings().folds, Settings().seed, Settings().cores)


def _loop(objective: Callable[[optuna.Trial], float], subject: Subject) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for each in subject.sets:
        study.enqueue_trial(each)
    with tqdm(total=subject.trials, unit="trial", mininterval=1) as bar:
        study.optimize(objective, n_trials=subject.trials, callbacks=[lambda *_: bar.update()])
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


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{Settings().cores} cores, Python {platform.python_version()}, {packages}."


def main(
    data: Data = SAMPLE,
    trials: Annotated[int, typer.Option(min=2, help="Trials for each contender.")] = 30,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at once in tune.")] = 2,
    params: Annotated[str, typer.Option(help="LightGBM parameters that all trials have.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the table as Markdown to this file, too.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure tuning against a plain loop: binned once, trials side by side, pruned, one step after the other.

    Example: python -m benchmarks.tuning --trials 30 --out docs/tuning-benchmark.md
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = feature_table(data, target, id, Engine.duckdb, Settings())
    base = read_params(params)
    learned = training_data(table, training_rows(table, Settings().holdout_percent), read_policy())
    subject = Subject(learned, base, parameter_sets(base, trials))
    all_columns = Settings().folds * [np.arange(learned.matrix.shape[1])]
    with progress("choosing features for a plain loop, which is not in its time"):
        chosen = [fold.columns for fold in _folds(subject)]
    contenders: dict[str, Callable[[], optuna.Study]] = {
        PLAIN: lambda: plain_loop(subject, all_columns),
        f"{PLAIN}, features chosen": lambda: plain_loop(subject, chosen),
        "binned once": lambda: binned_loop(subject),
        f"and {jobs} trials at once": lambda: tuned(subject, jobs, pruned=False),
        "and pruned: tune": lambda: tuned(subject, jobs, pruned=True),
    }
    with store_of_its_own():
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
        page = ["# Tuning speed", NOTES, f"    {command}", _machine(), as_markdown(result)]
        out.write_text("\n\n".join(page) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
