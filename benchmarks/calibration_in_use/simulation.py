"""Windows of loans whose probabilities are wrong by a known factor, judged as a monitored window is."""

import numpy as np

from benchmarks.gate.known_truth import ABILITY, World
from custom_model.costs import is_refused
from steps.monitoring.outcomes.calibration_in_use import calibration_in_use
from steps.monitoring.outcomes.maturity import Matured, Maturity
from steps.run.policy import Policy


class Portfolio:
    """Loans that a model granted, all with a final outcome, and what is said of them by their defaults.

    Parameters
    ----------
    policy
        Its costs refuse, and its limits of monitoring judge.
    loans
        Number of loans.
    seed
        Of the clients who are granted, and of their outcomes.
    """

    def __init__(self, policy: Policy, loans: int, seed: int):
        self._policy, self._loans = policy, loans
        self._generator = np.random.default_rng(seed)
        self._stated = granted_probabilities(policy, loans, self._generator)
        self._by_defaults: dict[int, float] = {}  # of one portfolio the p-value depends on their number alone

    def p_values(self, factor: float, windows: int) -> np.ndarray:
        """(windows,) p-values where the true probabilities are `factor` times the stated ones, 1 if calibrated."""
        found = []
        for _ in range(windows):
            default = self._generator.random(self._loans) < factor * self._stated
            defaults = int(default.sum())
            if defaults not in self._by_defaults:
                self._by_defaults[defaults] = _judged(self._policy, self._stated, default.astype(float))
            found.append(self._by_defaults[defaults])
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
