"""Models on clients that neither training nor tuning has seen: what is gained there, and what it costs to ask."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.report import Table, three_digits
from custom_model.applications import validate
from custom_model.costs import Costs
from custom_model.features import Features
from custom_model.single_row import SingleRow
from steps.quality.bootstrap import Interval, interval
from steps.quality.calibration import calibrated, fit_calibration
from steps.quality.figures import cost_of
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import TrainingData, training_rows
from steps.training.learning import Learned

HEADER = [
    *("", "features", "trees", "AUC", "AUC, 95 %, more than the first", "cost, 95 %, more than the first"),
    *("calibration slope", "a score", "its reasons"),
]
TIMED = 300


@dataclass(frozen=True)
class Asked:
    """A model's answers on the held-out clients; times are medians for one client, in milliseconds."""

    name: str
    learned: Learned
    probability: np.ndarray
    slope: float
    score_ms: float
    reasons_ms: float


@dataclass(frozen=True)
class Holdout:
    """The held-out clients, as the contract of the training data reads them."""

    values: np.ndarray
    target: np.ndarray
    ids: np.ndarray


def holdout_of(table: FeatureTable, data: TrainingData) -> Holdout:
    """The clients of the table that are not in the training data."""
    frame = table.frame.loc[~training_rows(table)]
    applications, problems = validate(data.contract, frame.drop(columns=table.lineage.target))
    if problems:
        raise ValueError(f"{len(problems)} values break the contract, first: {problems[0]}")
    target = frame[table.lineage.target].to_numpy(np.int64)
    return Holdout(applications.values, target, frame[table.lineage.id].to_numpy())


def ask(name: str, learned: Learned, data: TrainingData, holdout: Holdout) -> Asked:
    """Score all clients at once, and some of them one by one."""
    matrix = Features(data.contract, learned.names).matrix(holdout.values)
    log_odds = learned.booster.predict(matrix, raw_score=True)
    calibration = fit_calibration(learned.folds.log_odds, data.target)
    rows = [np.ascontiguousarray(row) for row in matrix[:TIMED]]
    single = SingleRow(learned.booster)
    return Asked(
        name,
        learned,
        calibrated(log_odds, calibration),
        fit_calibration(calibration.slope * log_odds + calibration.intercept, holdout.target).slope,
        _median_ms(lambda row: single.log_odds(row), rows),
        _median_ms(lambda row: learned.booster.predict(row[None], pred_contrib=True, num_threads=1), rows),
    )


def side_by_side(title: str, asked: list[Asked], holdout: Holdout, costs: Costs) -> Table:
    """Each model's figures, with paired bootstrap intervals of its differences from the first."""
    return Table(title, HEADER, [_row(each, asked[0], holdout.target, costs) for each in asked])


def _row(each: Asked, first: Asked, target: np.ndarray, costs: Costs) -> list[str]:
    cost, cost_first = (cost_of(one.probability, target, costs, costs.threshold) for one in (each, first))

    def more_auc(weights: np.ndarray) -> float:
        of_each, of_first = (roc_auc_score(target, one.probability, sample_weight=weights) for one in (each, first))
        return of_each - of_first

    count, seed = Settings().bootstraps, Settings().seed
    auc_band = interval(more_auc, len(target), count, seed)
    cost_band = interval(lambda weights: np.average(cost - cost_first, weights=weights), len(target), count, seed)
    return [
        each.name,
        str(len(each.learned.names)),
        f"{each.learned.booster.num_trees():,}",
        f"{roc_auc_score(target, each.probability):.4f}",
        "" if each is first else _said(auc_band),
        f"{cost.mean():.4f}" if each is first else f"{cost.mean():.4f}, {_said(cost_band)}",
        f"{each.slope:.3f}",
        f"{three_digits(each.score_ms)} ms",
        f"{three_digits(each.reasons_ms)} ms",
    ]


def _said(band: Interval) -> str:
    return f"{band[0]:+.4f} to {band[1]:+.4f}"


def _median_ms(call, rows: list[np.ndarray]) -> float:
    taken = []
    for row in rows:
        start = time.perf_counter()
        call(row)
        taken.append(time.perf_counter() - start)
    return 1_000 * float(np.median(taken))
