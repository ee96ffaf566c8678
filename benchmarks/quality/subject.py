"""The subject of the quality benchmark: one table, the default model of it, and its overall figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks.quality.holdout import Holdout, Scored, holdout_of, score
from benchmarks.report import Table
from custom_model.costs import is_refused
from steps.features import build
from steps.quality.calibration import cross_calibrated
from steps.quality.figures import measure
from steps.quality.thresholds import check_threshold
from steps.run.console import progress
from steps.run.policy import Policy
from steps.run.settings import Engine, Settings
from steps.sample import write_sample
from steps.tables.feature_table import FeatureTable, read_feature_table
from steps.tables.home_credit import ID, TARGET
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.learning import FittedModel, fit_model
from steps.training.parameters import Parameters
from steps.training.selection import MOST_FEATURES

OUT_OF_FOLD = ("auc", "cost", "business_score", "calibration_slope", "calibration_intercept", "calibration_error")


@dataclass(frozen=True)
class Subject:
    """A table, its training data, and the default model."""

    name: str
    table: FeatureTable
    data: TrainingData
    model: FittedModel
    settings: Settings


def read_subject(name: str, table: FeatureTable, policy: Policy, settings: Settings) -> Subject:
    """The subject of a table: its training data, and a model with the default parameters."""
    data = training_data(table, training_rows(table, settings.holdout_percent), policy)
    return Subject(name, table, data, fit_model(data, Parameters(), MOST_FEATURES, settings), settings)


def overall(subject: Subject, policy: Policy, truth: Path | None) -> Table:
    """Out-of-fold figures with intervals, the empirical threshold, and with `truth` the best possible AUC."""
    settings, data, folds = subject.settings, subject.data, subject.model.folds
    costs, target = policy.costs, data.target
    probability = cross_calibrated(folds.log_odds, target, folds.fold)
    with progress("measuring"):
        refused = is_refused(probability, costs.threshold)
        quality = measure(probability, refused, target, costs, settings.bootstraps, settings.seed)
        check = check_threshold(probability, target, costs, settings.bootstraps, settings.seed)
    rows = [[name, f"{quality.figures[name]:.4f}", _interval(quality.intervals[name])] for name in OUT_OF_FOLD]
    rows.append(["calibration error of chance alone, 95 %", f"{quality.figures['calibration_noise']:.4f}", ""])
    agreement = f"{_interval(check.band)}: {'agrees' if check.agree else 'DOES NOT AGREE'} with {check.closed_form:.4f}"
    rows.append(["threshold of the lowest cost", f"{check.empirical:.4f}", agreement])
    if truth is not None:
        held = holdout_of(subject.table, data, settings.holdout_percent)
        rows += _against_truth(subject, score("", subject.model, data, held), held, truth)
    return Table(f"{subject.name}: {len(target):,} clients, out of fold", ["", "figure", "95 %"], rows)


def _against_truth(subject: Subject, scored: Scored, held: Holdout, truth: Path) -> list[list[str]]:
    """The AUC of the true probabilities, which generated the clients, against the model's."""
    true = pd.read_parquet(truth).set_index(ID)["PROBABILITY"]
    training = subject.table.frame.loc[training_rows(subject.table, subject.settings.holdout_percent), ID]
    out_of_fold = roc_auc_score(subject.data.target, true.loc[training])
    best, own = roc_auc_score(held.target, true.loc[held.ids]), roc_auc_score(held.target, scored.probability)
    of_folds = float(np.mean(subject.model.folds.fold_auc))
    return [
        ["AUC of the true probabilities", f"{out_of_fold:.4f}", f"{out_of_fold - of_folds:+.4f} to the mean fold's"],
        [f"AUC of {len(held.target):,} held-out clients", f"{own:.4f}", ""],
        ["AUC of their true probabilities", f"{best:.4f}", f"{best - own:+.4f}"],
    ]


def sample_subject(clients: int, folder: Path, policy: Policy, settings: Settings) -> tuple[Subject, Table]:
    """The subject of a generated sample, and its figures against those of the true probabilities."""
    write_sample(folder, clients, settings.seed)
    features = build(str(folder), folder / "features.parquet", Engine.duckdb, TARGET, ID, settings)
    table = read_feature_table(features)
    subject = read_subject(f"Generated sample of {clients:,} clients", table, policy, settings)
    return subject, overall(subject, policy, folder / "truth.parquet")


def _interval(band: tuple[float, float]) -> str:
    return f"{band[0]:.4f} to {band[1]:.4f}"
