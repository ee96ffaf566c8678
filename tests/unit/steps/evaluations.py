"""Evaluations without a model: probabilities and outcomes of clients."""

import numpy as np
import pandas as pd

from custom_model.costs import Costs, is_refused
from custom_model.omission import Examination, Omission
from steps.evaluation.on_holdout import Evaluation
from steps.quality.figures import measure

COSTS = Costs(false_negative=10, false_positive=1)


def calibrated_clients(clients: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of default, and outcomes with exactly these frequencies."""
    generator = np.random.default_rng(31)
    probability = generator.beta(1, 6, clients)
    return probability, (generator.random(clients) < probability).astype(int)


def evaluation_of(
    probability: np.ndarray,
    target: np.ndarray,
    threshold: float = COSTS.threshold,
    model: str = "credit-scoring/2",
    omissions: tuple[Omission, ...] | None = (Omission("job", ("job",), 1_000, 5),),
) -> Evaluation:
    """The evaluation of a model with these probabilities."""
    refused = is_refused(probability, threshold)
    decisions = pd.DataFrame(
        {
            "model": model,
            "probability_of_default": probability,
            "threshold": threshold,
            "decision": np.where(refused, "refused", "granted"),
        }
    )
    quality = measure(probability, refused, target, COSTS, 40, seed=0)
    examination = None if omissions is None else Examination([], list(omissions))
    return Evaluation(model, np.ones(len(target), bool), decisions, target, quality, examination)
