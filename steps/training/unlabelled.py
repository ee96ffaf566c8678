"""Applications without an outcome, such as refused ones: their scores beside those of the clients with one."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pandas as pd

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.costs import is_refused
from custom_model.decisions import Decider
from custom_model.model import decider
from custom_model.scorecard import Scorecard
from steps.quality.stability import Stability, stability
from steps.run.console import counted
from steps.tables.feature_table import FeatureTable

if TYPE_CHECKING:
    import lightgbm as lgb

MOST_SCORED = 100_000  # a mean and tenths need no more
ARTIFACT = "unlabelled.json"


@dataclass(frozen=True)
class UnlabelledScores:
    """The scores of applications without an outcome.

    Parameters
    ----------
    applications : int
        Their number.
    scored : int
        Those of which the figures are.
    probability : float
        Their mean probability of default.
    labelled_probability : float
        That of the held-out clients, who have one.
    refused, labelled_refused : float
        Share from the threshold on, of either.
    stability : Stability
        Their scores against the held-out clients'.
    """

    applications: int
    scored: int
    probability: float
    labelled_probability: float
    refused: float
    labelled_refused: float
    stability: Stability


def score_unlabelled(
    booster: "lgb.Booster", scorecard: Scorecard, contract: Contract, table: FeatureTable, unseen: np.ndarray, seed: int
) -> UnlabelledScores | None:
    """Score the table's unlabelled rows, at most 100,000 of them by chance; None where there are none.

    They are compared with the labelled clients that the booster has not seen, (rows,) booleans: it knows the others too
    well, and out-of-fold scores are of other boosters.
    """
    if table.unlabelled.empty:
        return None
    model = decider(contract, scorecard, booster, "candidate")
    columns = [table.lineage.id, *table.fields]
    unlabelled = _probabilities(model, table.unlabelled[columns], seed)
    labelled = _probabilities(model, table.frame.loc[unseen if unseen.any() else ~unseen, columns], seed)
    threshold = scorecard.costs.threshold
    return UnlabelledScores(
        applications=len(table.unlabelled),
        scored=len(unlabelled),
        probability=float(unlabelled.mean()),
        labelled_probability=float(labelled.mean()),
        refused=float(is_refused(unlabelled, threshold).mean()),
        labelled_refused=float(is_refused(labelled, threshold).mean()),
        stability=stability(labelled, unlabelled),
    )


def _probabilities(model: Decider, frame: pd.DataFrame, seed: int) -> np.ndarray:
    """(rows,) probabilities of default of at most 100,000 rows."""
    if len(frame) > MOST_SCORED:
        frame = frame.iloc[np.sort(np.random.default_rng(seed).choice(len(frame), MOST_SCORED, replace=False))]
    applications, _ = validate(model.contract, frame.reset_index(drop=True), is_simulation=True)
    return np.array(model.scorer.probabilities(model.features.matrix(applications.values)))


def log_unlabelled(scores: UnlabelledScores) -> None:
    """Log the scores beside those of the labelled clients."""
    mlflow.log_metrics(
        {
            "unlabelled_applications": scores.applications,
            "unlabelled_mean_probability": scores.probability,
            "labelled_mean_probability": scores.labelled_probability,
            "unlabelled_refused": scores.refused,
            "labelled_refused": scores.labelled_refused,
            "unlabelled_psi": scores.stability.index,
        }
    )
    mlflow.log_dict(asdict(scores), ARTIFACT)


def print_unlabelled(scores: UnlabelledScores) -> None:
    """Print the scores, and the selection bias that they show or hide."""
    print(
        f"  {counted(scores.applications, 'application')} without an outcome: mean probability of default "
        f"{scores.probability:.1%}, of the labelled clients {scores.labelled_probability:.1%}; "
        f"{scores.refused:.1%} would be refused, of the labelled {scores.labelled_refused:.1%}; "
        f"PSI of the score {scores.stability.index:.3f} ({scores.stability.words})\n"
        "  selection bias: the model learned from labelled clients alone, and no figure of its quality is of the others"
    )
