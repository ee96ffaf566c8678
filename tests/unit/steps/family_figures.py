"""Figures of families without training: log-odds over three folds."""

import numpy as np
from scipy.special import logit

from custom_model.costs import Costs
from steps.comparison.figures import FamilyFigures, compare_family
from steps.comparison.folds import FamilyFolds

COSTS = Costs(false_negative=10, false_positive=1)
CLIENTS = 1_500
FOLD = np.arange(CLIENTS) % 3


def calibrated_clients(seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """True probabilities of default, and outcomes with these frequencies."""
    generator = np.random.default_rng(seed)
    probability = generator.beta(1, 9, CLIENTS)
    return probability, (generator.random(CLIENTS) < probability).astype(int)


def figures_of(name: str, probability: np.ndarray, target: np.ndarray) -> FamilyFigures:
    """The figures of a family with these probabilities."""
    log_odds = logit(np.clip(probability, 1e-6, 1 - 1e-6))
    folds = FamilyFolds(log_odds, FOLD, 1.5, 0.02, {"depth": 4}, {"rounds": [7.0, 7.0, 9.0]})
    return compare_family(name, folds, target, COSTS, bootstraps=50, seed=0)
