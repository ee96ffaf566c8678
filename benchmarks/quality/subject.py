"""The subject of the quality benchmark: one table, the default model of it, and its overall figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks.quality.holdout import Holdout, Scored, holdout_of, score
from benchmarks.report import Table
from steps.features import Engine, build, read_feature_table
from steps.quality.calibration import cross_calibrated
from steps.quality.figures import measure
from steps.quality.thresholds import check_threshold
from steps.run.console import progress
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.learning import Learned, learn
from steps.training.parameters import Parameters
from steps.training.selection import MOST_FEATURES

OUT_OF_FOLD = ("auc", "cost", "business_score", "calibration_slope", "calibration_intercept", "calibration_error")


@dataclass(frozen=True)
class Subject:
    """A table, its training data, and the default model."""

    name: str
    table: FeatureTable
    data: TrainingData
    model: Learned


def read_subject(name: str, table: FeatureTable, policy: Policy) -> Subject:
    """The subject of a table: its training data, and a model with the default parameters."""
    data = training_data(table, training_rows(table), policy)
    return Subject(name, table, data, learn(data, Parameters(), MOST_FEATURES))


def overall(subject: Subject, policy: Policy, truth: Path | None) -> Table:
    """Out-of-fold figures with intervals, the empirical threshold, and with `truth` the best possible AUC."""
    settings, data, folds = Settings(), subject.data, subject.model.folds
    costs, target = policy.costs, data.target
    probability = cross_calibrated(folds.log_odds, target, folds.fold)
    with progress("measuring"):
        quality = measure(probability, target, costs, costs.threshold, settings.bootstraps, settings.seed)
        check = check_threshold(probability, target, costs, settings.bootstraps, settings.seed)
    rows = [[name, f"{quality.figures[name]:.4f}", _interval(quality.intervals[name])] for name in OUT_OF_FOLD]
    rows.append(["calibration error of chance alone, 95 %", f"{quality.figures['calibration_noise']:.4f}", ""])
    agreement = f"{_interval(check.band)}: {'agrees' if check.agree else 'DOES NOT AGREE'} with {check.closed_form:.4f}"
    rows.append(["threshold of the lowest cost", f"{check.empirical:.4f}", agreement])
    if truth is not None:
        held = holdout_of(subject.table, data)
        rows += _against_truth(subject, score("", subject.model, data, held), held, truth)
    return Table(f"{subject.name}: {len(target):,} clients, out of fold", ["", "figure", "95 %"], rows)


def _against_truth(subject: Subject, scored: Scored, held: Holdout, truth: Path) -> list[list[str]]:
    """The AUC of the true probabilities, which generated the clients, against the model's."""
    true = pd.read_parquet(truth).set_index(ID)["PROBABILITY"]
    training = subject.table.frame.loc[training_rows(subject.table), ID]
    out_of_fold = roc_auc_score(subject.data.target, true.loc[training])
    best, own = roc_auc_score(held.target, true.loc[held.ids]), roc_auc_score(held.target, scored.probability)
    of_folds = float(np.mean(subject.model.folds.fold_auc))
    return [
        ["AUC of the true probabilities", f"{out_of_fold:.4f}", f"{out_of_fold - of_folds:+.4f} to the mean fold's"],
        [f"AUC of {len(held.target):,} held-out clients", f"{own:.4f}", ""],
        ["AUC of their true probabilities", f"{best:.4f}", f"{best - own:+.4f}"],
    ]


def sample_subject(clients: int, folder: Path, policy: Policy) -> tuple[Subject, Table]:
    """The subject of a generated sample, and its figures against those of the true probabilities."""
    write_sample(folder, clients, Settings().seed)
    table = read_feature_table(build(str(folder), folder / "features.parquet", Engine.duckdb, TARGET, ID))
    subject = read_subject(f"Generated sample of {clients:,} clients", table, policy)
    return subject, overall(subject, policy, folder / "truth.parquet")


def _interval(band: tuple[float, float]) -> str:
    return f"{band[0]:.4f} to {band[1]:.4f}"
