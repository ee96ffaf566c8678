"""The reference of the score: the tenths of its out-of-fold probabilities, and how alike the folds are."""

import mlflow
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from steps.quality.stability import in_tenths, index_of, tenths

ARTIFACT = "stability/score.json"


class ScoreReference(BaseModel):
    """Numbers of training clients between the bounds of the tenths of their out-of-fold probabilities.

    `folds` has the population stability index of each fold's scores against those of all other folds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    edges: list[float]
    counts: list[int]
    folds: list[float]


def score_reference(probability: np.ndarray, fold: np.ndarray) -> ScoreReference:
    """The reference of (rows,) out-of-fold probabilities and the number of each row's fold."""
    edges = tenths(probability)
    of_fold = [in_tenths(probability[fold == number], edges) for number in np.unique(fold)]
    counts = np.sum(of_fold, axis=0)
    return ScoreReference(
        edges=edges.tolist(),
        counts=counts.tolist(),
        folds=[index_of(counts - each, each) for each in of_fold],
    )


def log_score_reference(probability: np.ndarray, fold: np.ndarray) -> None:
    """Log the reference in the run of the training, for every later report on the model."""
    mlflow.log_dict(score_reference(probability, fold).model_dump(), ARTIFACT)


def parsed_reference(document: object) -> ScoreReference | None:
    """The reference in the artifact of a training run; None where it is of another form."""
    try:
        return ScoreReference.model_validate(document)
    except ValidationError:
        return None
