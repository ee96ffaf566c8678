"""Applications without an outcome, such as refused ones: their scores beside those of the clients with one."""

from dataclasses import asdict, dataclass

import lightgbm as lgb
import mlflow
import numpy as np

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.costs import is_refused
from custom_model.model import decider
from custom_model.scorecard import Scorecard
from steps.quality.stability import Stability, stability
from steps.run.console import counted
from steps.tables.feature_table import FeatureTable

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
        That of the training clients, out of fold.
    refused, labelled_refused : float
        Share from the threshold on, of either.
    stability : Stability
        Their scores against the training clients'.
    """

    applications: int
    scored: int
    probability: float
    labelled_probability: float
    refused: float
    labelled_refused: float
    stability: Stability


def score_unlabelled(
    booster: lgb.Booster, scorecard: Scorecard, contract: Contract, table: FeatureTable, labelled: np.ndarray, seed: int
) -> UnlabelledScores | None:
    """Score the table's unlabelled rows, at most 100,000 of them by chance; None where there are none.

    `labelled` are the (training clients,) probabilities of default, out of fold: the final booster knows them.
    """
    frame = table.unlabelled[[table.lineage.id, *table.fields]]
    if frame.empty:
        return None
    if len(frame) > MOST_SCORED:
        chosen = np.random.default_rng(seed).choice(len(frame), MOST_SCORED, replace=False)
        frame = frame.iloc[np.sort(chosen)].reset_index(drop=True)
    model = decider(contract, scorecard, booster, "candidate")
    applications, _ = validate(contract, frame, is_simulation=True)
    probability = np.array(model.scorer.probabilities(model.features.matrix(applications.values)))
    threshold = scorecard.costs.threshold
    return UnlabelledScores(
        applications=len(table.unlabelled),
        scored=len(frame),
        probability=float(probability.mean()),
        labelled_probability=float(labelled.mean()),
        refused=float(is_refused(probability, threshold).mean()),
        labelled_refused=float(is_refused(labelled, threshold).mean()),
        stability=stability(labelled, probability),
    )


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
