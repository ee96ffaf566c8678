"""A model's decisions on clients that no training has seen, and how good they are."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from custom_model.costs import Costs
from steps.evaluation.in_subprocess import score_apart
from steps.quality.figures import Quality, measure
from steps.run.console import UserError, progress
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.holdout import is_holdout


class Part(StrEnum):
    """Which clients to report on: those that training never sees, or all of a table it has not had."""

    holdout = "holdout"
    all = "all"


@dataclass(frozen=True)
class Evaluation:
    """A model's decisions on clients whose outcome is known: `decisions` and `target` are in one order."""

    model: str
    rows: np.ndarray
    decisions: pd.DataFrame
    target: np.ndarray
    quality: Quality

    @property
    def probability(self) -> np.ndarray:
        return self.decisions["probability_of_default"].to_numpy()

    @property
    def refused(self) -> np.ndarray:
        """(rows,) booleans, as the model itself decided."""
        return (self.decisions["decision"] == "refused").to_numpy()

    @property
    def threshold(self) -> float:
        return float(self.decisions["threshold"].iloc[0])


def holdout(table: FeatureTable, percent: int, part: Part = Part.holdout) -> np.ndarray:
    """(rows,) booleans of the clients to judge by; raise `UserError` where their outcomes are all the same."""
    ids = table.frame[table.lineage.id]
    rows = is_holdout(ids, percent) if part is Part.holdout else np.ones(len(ids), bool)
    if table.frame.loc[rows, table.lineage.target].nunique() < 2:
        raise UserError(f"{table.path}: expected defaults and good clients among the {int(rows.sum())} held out")
    return rows


def evaluate_model(
    model_uri: str, table: FeatureTable, rows: np.ndarray, costs: Costs, settings: Settings
) -> Evaluation:
    """Score the given rows with a model's own code, and measure."""
    frame = table.frame.loc[rows]
    target = frame[table.lineage.target].to_numpy(np.int64)
    with progress(f"scoring {len(frame):,} clients with {model_uri}"):
        decisions = score_apart(model_uri, frame.drop(columns=table.lineage.target))
    unknown = sorted(set(decisions["decision"]) - {"granted", "refused"})
    if unknown:
        raise UserError(f"{model_uri}: expected decisions granted or refused, got {', '.join(unknown)} as well")
    probability = decisions["probability_of_default"].to_numpy()
    refused = (decisions["decision"] == "refused").to_numpy()
    with progress("measuring on the holdout"):
        quality = measure(probability, refused, target, costs, settings.bootstraps, settings.seed)
    return Evaluation(decisions["model"].iloc[0], rows, decisions, target, quality)
