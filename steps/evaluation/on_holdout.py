"""Evaluation: a model's own decisions on clients that no training has seen, and their figures."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd

from custom_model.costs import OUTCOMES, Costs, is_refused
from custom_model.omission import Examination
from steps.evaluation.in_subprocess import Score, score_in_subprocess
from steps.evaluation.inspection import Inspection
from steps.quality.figures import Quality, measure, realised_cost
from steps.run.console import UserError, progress
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.holdout import held_out


class Part(StrEnum):
    """Clients to evaluate on: the holdout, or all of a table that was not used for training."""

    holdout = "holdout"
    all = "all"


@dataclass(frozen=True)
class Evaluation:
    """A model's decisions on clients with known outcomes.

    Attributes
    ----------
    model
        Name and version, as the decisions report it.
    rows
        (table rows,) booleans: the evaluated clients.
    decisions
        (clients) rows with `probability_of_default`, `threshold` and `decision`, in the order of the table.
    target
        (clients,) outcomes in the same order, 1 for a default.
    quality
        Figures of the decisions; a referred client counts as the threshold decides, but costs a review where
        policy.yaml has a cost of it.
    examination
        What the model's contract demands of these clients, and what leaving fields out would win; None where the
        model's code does not measure it.
    inspection
        What drives the decisions, and how firm they are; None where it was not asked for, or the model's code is older.
    """

    model: str
    rows: np.ndarray
    decisions: pd.DataFrame
    target: np.ndarray
    quality: Quality
    examination: Examination | None = None
    inspection: Inspection | None = None

    @cached_property
    def probability(self) -> np.ndarray:
        return self.decisions["probability_of_default"].to_numpy()

    @cached_property  # asked group by group, and texts are slow to compare
    def refused(self) -> np.ndarray:
        """(clients,) booleans: the model's own decisions, and the threshold's where it refers to a person."""
        return _refused(self.decisions)

    @cached_property
    def referred(self) -> np.ndarray:
        """(clients,) booleans: the clients referred to a person."""
        return _referred(self.decisions)

    @property
    def referral_rate(self) -> float:
        """Share of clients referred to a person."""
        return float(self.referred.mean())

    def cost(self, costs: Costs) -> np.ndarray:
        """(clients,) what each decision cost, given its outcome."""
        return realised_cost(self.refused, self.target, costs, self.referred)

    @property
    def threshold(self) -> float:
        return float(self.decisions["threshold"].iloc[0])


def holdout(table: FeatureTable, percent: int, part: Part = Part.holdout) -> np.ndarray:
    """(rows,) booleans of the clients to evaluate on; raise `UserError` where their outcomes are all the same."""
    rows = held_out(table, percent) if part is Part.holdout else np.ones(len(table.frame), bool)
    if table.frame.loc[rows, table.lineage.target].nunique() < 2:
        raise UserError(f"{table.path}: expected defaults and good clients among the {int(rows.sum())} to evaluate on")
    return rows


def evaluate_model(
    model_uri: str,
    table: FeatureTable,
    rows: np.ndarray,
    costs: Costs,
    settings: Settings,
    examined: bool = True,
    inspected: bool = False,
    score: Score = score_in_subprocess,
) -> Evaluation:
    """Score the rows with the code that the model brings, and measure its decisions.

    `examined` and `inspected`: whether its contract's demands, and what drives its decisions, are measured, too.

    Raises
    ------
    UserError
        The model cannot be loaded, breaks off, or gives an outcome that is none of `OUTCOMES`.
    """
    target = table.frame.loc[rows, table.lineage.target].to_numpy(np.int64)
    with progress(f"scoring {len(target):,} clients with {model_uri}"):
        # Not all applications first: a copy of every column takes as long as scoring a tenth of them.
        applications = table.frame.loc[rows, [table.lineage.id, *table.fields]]
        seed = settings.seed if examined else None
        threads = settings.cores if inspected else 0
        scored = score(model_uri, applications, seed, threads)
    decisions = scored.decisions
    unknown = sorted(set(decisions["decision"]) - set(OUTCOMES))
    if unknown:
        raise UserError(f"{model_uri}: expected only {', '.join(OUTCOMES)} as decisions, got {', '.join(unknown)}")
    probability = decisions["probability_of_default"].to_numpy()
    with progress("measuring on the holdout"):
        refused, referred = _refused(decisions), _referred(decisions)
        quality = measure(probability, refused, target, costs, settings.bootstraps, settings.seed, referred)
    return Evaluation(
        decisions["model"].iloc[0], rows, decisions, target, quality, scored.examination, scored.inspection
    )


def _referred(decisions: pd.DataFrame) -> np.ndarray:
    return (decisions["decision"] == "referred").to_numpy()


def _refused(decisions: pd.DataFrame) -> np.ndarray:
    decision, probability = decisions["decision"], decisions["probability_of_default"].to_numpy()
    by_threshold = is_refused(probability, decisions["threshold"].to_numpy())
    return np.where(decision == "referred", by_threshold, decision == "refused")
