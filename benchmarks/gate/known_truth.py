"""Pairs of models of known truth: two correlated scores of a risk, calibrated, whose true costs have a formula.

A client defaults where a standard normal risk exceeds a bound. A model of ability a has a score whose correlation with
the risk is a, and the probability of default given the score: calibrated in truth, not by a fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from custom_model.costs import Costs

ABILITY = 0.5  # AUC 0.78 at a default rate of 0.08


@dataclass(frozen=True)
class World:
    """Clients, and the costs of wrong decisions on them.

    Attributes
    ----------
    costs
        Costs of the two errors; decisions are at the threshold that follows from them.
    default_rate
        Share of the clients who default.
    """

    costs: Costs
    default_rate: float = 0.08

    @property
    def bound(self) -> float:
        """The risk from which on a client defaults."""
        return float(norm.ppf(1 - self.default_rate))

    def probability(self, score: np.ndarray, ability: float) -> np.ndarray:
        """(clients,) true probabilities of default given a score of this ability."""
        return norm.cdf((ability * score - self.bound) / np.sqrt(1 - ability**2))

    def cost(self, ability: float) -> float:
        """The true mean cost per client of a model of this ability, in the unit of the costs."""
        refused_from = (norm.ppf(self.costs.threshold) * np.sqrt(1 - ability**2) + self.bound) / ability
        good_granted = multivariate_normal.cdf(
            [refused_from, self.bound], cov=[[1.0, ability], [ability, 1.0]], abseps=1e-9
        )
        bad_granted = norm.cdf(refused_from) - good_granted
        good_refused = 1 - self.default_rate - good_granted
        return float(self.costs.false_negative * bad_granted + self.costs.false_positive * good_refused)

    def ability_for(self, saving: float) -> float:
        """The ability of a model that truly saves this share of the champion's cost; negative: it costs more."""
        cost = (1 - saving) * self.cost(ABILITY)
        return float(brentq(lambda ability: self.cost(ability) - cost, 0.05, 0.95))


@dataclass(frozen=True)
class Sample:
    """A holdout: (clients,) outcomes, the champion's probabilities, and each candidate's by its true saving."""

    target: np.ndarray
    champion: np.ndarray
    candidates: dict[float, np.ndarray]


def samples(
    world: World, savings: list[float], likeness: float, clients: int, count: int, seed: int
) -> Iterator[Sample]:
    """Holdouts of this many clients.

    Parameters
    ----------
    world
        Clients and costs.
    savings
        True savings of the candidates, as shares of the champion's cost.
    likeness
        Correlation of a candidate's score with the champion's: at 0.99 their decisions differ on 4 % of the clients.
    clients, count, seed
        Clients of a holdout, number of holdouts, and their seed.
    """
    abilities = {saving: world.ability_for(saving) for saving in savings}
    generator = np.random.default_rng(seed)
    for _ in range(count):
        risk = generator.standard_normal(clients)
        score = ABILITY * risk + np.sqrt(1 - ABILITY**2) * generator.standard_normal(clients)
        candidates = {
            saving: world.probability(_alike(risk, score, ability, likeness, generator), ability)
            for saving, ability in abilities.items()
        }
        yield Sample((risk > world.bound).astype(np.int64), world.probability(score, ABILITY), candidates)


def _alike(
    risk: np.ndarray, champion: np.ndarray, ability: float, likeness: float, generator: np.random.Generator
) -> np.ndarray:
    """A standard normal score with these correlations to the risk and to the champion's score."""
    known = np.array([[1.0, ABILITY], [ABILITY, 1.0]])
    wanted = np.array([ability, likeness])
    weights = np.linalg.solve(known, wanted)
    rest = 1 - weights @ wanted
    if rest < 0:
        raise ValueError(f"no score of ability {ability:.3f} is so like the champion's: {likeness}")
    return weights[0] * risk + weights[1] * champion + np.sqrt(rest) * generator.standard_normal(len(risk))
