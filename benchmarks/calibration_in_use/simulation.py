"""Windows of loans whose probabilities are wrong by a known factor, judged as a monitored window is."""

import numpy as np

from benchmarks.gate.known_truth import ABILITY, World
from custom_model.costs import is_refused
from steps.monitoring.outcomes.calibration_in_use import calibration_in_use
from steps.monitoring.outcomes.maturity import Matured, Maturity
from steps.run.policy import Policy


def p_values(policy: Policy, factor: float, loans: int, windows: int, seed: int) -> np.ndarray:
    """(windows,) p-values of one portfolio whose true probabilities are `factor` times those that the model states.

    Parameters
    ----------
    policy
        Its costs refuse, and its limits of monitoring judge.
    factor
        1 for a calibrated model.
    loans
        Loans of a window, all with a final outcome.
    windows, seed
        Number of windows, and the seed.
    """
    generator = np.random.default_rng(seed)
    probability = granted_probabilities(policy, loans, generator)
    by_defaults: dict[int, float] = {}  # what is judged of one portfolio is the number of its defaults alone
    found = []
    for _ in range(windows):
        default = generator.random(loans) < factor * probability
        defaults = int(default.sum())
        if defaults not in by_defaults:
            by_defaults[defaults] = _judged(policy, probability, default.astype(float))
        found.append(by_defaults[defaults])
    return np.array(found)


def granted_probabilities(policy: Policy, loans: int, generator: np.random.Generator) -> np.ndarray:
    """(loans,) probabilities that a model with an AUC of 0.78 states of clients whom the costs' threshold grants."""
    world, drawn = World(policy.costs), np.empty(0)
    while len(drawn) < loans:
        stated = world.probability(generator.standard_normal(loans), ABILITY)
        drawn = np.append(drawn, stated[~is_refused(stated, policy.costs.threshold)])
    return drawn[:loans]


def _judged(policy: Policy, probability: np.ndarray, default: np.ndarray) -> float:
    loans = len(default)
    everyone = np.ones(loans, bool)
    figures = Maturity(
        months=policy.monitoring.outcome_months,
        as_of="2026-01-01",
        loans=loans,
        young=0,
        unlabelled=0,
        early=0,
        counted=loans,
        later_defaults=0,
        is_provisional=False,
        has_defaults_alone=False,
    )
    matured = Matured(default, ~everyone, everyone, figures)
    found = calibration_in_use(probability, everyone, matured, policy.costs, policy.monitoring)
    if found.p is None:
        raise ValueError(f"expected at least {policy.monitoring.least_decisions} loans, got {loans}")
    return found.p
