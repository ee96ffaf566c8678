"""Measure tuning side by side in one run: this project's study and the usual loop."""

import platform
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import steps  # noqa: F401  # before lightgbm: it sets the variables that OpenMP reads when it loads

# isort: split
import numpy as np
import optuna
import typer

from benchmarks.report import Table, as_markdown, as_text, three_digits
from benchmarks.temporary_store import temporary_store
from benchmarks.tuning.contenders import Subject, binned_folds, binned_loop, parameter_sets, plain_loop, tuned
from steps.features import SAMPLE, feature_table
from steps.run.console import progress, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from steps.training.data import training_data, training_rows
from steps.training.parameters import read_params

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
class Outcome:
    """Wall-clock and processor seconds of all trials, and the best trial."""

    wall: float
    processor: float
    best: optuna.trial.FrozenTrial


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
            chosen = [fold.columns for fold in binned_folds(subject)]
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
