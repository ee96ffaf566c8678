"""Models on held-out clients: quality, and the time of a score."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.report import Table, three_digits
from custom_model.applications import validate
from custom_model.costs import Costs, is_refused
from custom_model.features import Features
from custom_model.single_row import SingleRow
from steps.quality.bootstrap import Interval, interval
from steps.quality.calibration import calibrated, fit_calibration
from steps.quality.figures import realised_cost
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import TrainingData, training_rows
from steps.training.learning import FittedModel

HEADER = [
    *("", "features", "trees", "AUC", "AUC, 95 %, more than the first", "cost, 95 %, more than the first"),
    *("calibration slope", "a score", "its reasons"),
]
TIMED_CLIENTS = 300


@dataclass(frozen=True)
class Scored:
    """A model's scores of the held-out clients; times are medians for one client, in milliseconds."""

    name: str
    learned: FittedModel
    probability: np.ndarray
    slope: float
    score_ms: float
    reasons_ms: float


@dataclass(frozen=True)
class Holdout:
    """The held-out clients: `values` (clients, fields) in the order of the contract, outcomes and ids."""

    values: np.ndarray
    target: np.ndarray
    ids: np.ndarray


def holdout_of(table: FeatureTable, data: TrainingData, percent: int) -> Holdout:
    """The clients of the table that are not in the training data."""
    held = ~training_rows(table, percent)
    frame = table.frame.loc[held]
    applications, problems = validate(data.contract, table.applications.loc[held])
    if problems:
        raise ValueError(f"{len(problems)} values break the contract, first: {problems[0]}")
    target = frame[table.lineage.target].to_numpy(np.int64)
    return Holdout(applications.values, target, frame[table.lineage.id].to_numpy())


def score(name: str, learned: FittedModel, data: TrainingData, holdout: Holdout) -> Scored:
    """Score all clients at once, and some of them one by one."""
    matrix = Features(data.contract, learned.names).matrix(holdout.values)
    log_odds = np.asarray(learned.booster.predict(matrix, raw_score=True))
    calibration = fit_calibration(learned.folds.log_odds, data.target)
    rows = [np.ascontiguousarray(row) for row in matrix[:TIMED_CLIENTS]]
    single = SingleRow(learned.booster)
    return Scored(
        name,
        learned,
        calibrated(log_odds, calibration),
        fit_calibration(calibration.slope * log_odds + calibration.intercept, holdout.target).slope,
        _median_ms(lambda row: single.log_odds(row), rows),
        _median_ms(lambda row: learned.booster.predict(row[None], pred_contrib=True, num_threads=1), rows),
    )


def comparison_table(title: str, scored: list[Scored], holdout: Holdout, costs: Costs, settings: Settings) -> Table:
    """The figures of each model, with paired bootstrap intervals of its differences from the first."""
    return Table(title, HEADER, [_row(each, scored[0], holdout.target, costs, settings) for each in scored])


def _row(each: Scored, first: Scored, target: np.ndarray, costs: Costs, settings: Settings) -> list[str]:
    cost, cost_first = (
        realised_cost(is_refused(one.probability, costs.threshold), target, costs) for one in (each, first)
    )

    def more_auc(weights: np.ndarray) -> float:
        of_each, of_first = (roc_auc_score(target, one.probability, sample_weight=weights) for one in (each, first))
        return of_each - of_first

    auc_band = interval(more_auc, len(target), settings.bootstraps, settings.seed)
    cost_band = interval(
        lambda weights: np.average(cost - cost_first, weights=weights), len(target), settings.bootstraps, settings.seed
    )
    return [
        each.name,
        str(len(each.learned.names)),
        f"{each.learned.booster.num_trees():,}",
        f"{roc_auc_score(target, each.probability):.4f}",
        "" if each is first else _interval(auc_band),
        f"{cost.mean():.4f}" if each is first else f"{cost.mean():.4f}, {_interval(cost_band)}",
        f"{each.slope:.3f}",
        f"{three_digits(each.score_ms)} ms",
        f"{three_digits(each.reasons_ms)} ms",
    ]


def _interval(band: Interval) -> str:
    return f"{band[0]:+.4f} to {band[1]:+.4f}"


def _median_ms(call: Callable[[np.ndarray], object], rows: list[np.ndarray]) -> float:
    seconds = []
    for row in rows:
        start = time.perf_counter()
        call(row)
        seconds.append(time.perf_counter() - start)
    return 1_000 * float(np.median(seconds))
