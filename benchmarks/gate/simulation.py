"""The gate's verdicts on candidates of known truth: how many pass, by their true saving and the size of the holdout."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.gate.known_truth import World, samples
from custom_model.costs import Costs, is_refused
from custom_model.omission import Examination
from steps.evaluation.groups import ClientGroup
from steps.evaluation.on_holdout import Evaluation
from steps.gate.assessment import Groups, assess
from steps.quality.figures import Quality, business_score, calibration_error, calibration_noise, realised_cost
from steps.run.policy import Policy

RESAMPLES = 40  # behind the noise of the calibration and the band of the threshold
SEGMENTS, PROTECTED, GROUPS = 4, 3, 5  # attributes, and groups of each, to which clients belong by chance


@dataclass
class Passed:
    """How many of so many candidates passed, all checks and each of them."""

    candidates: int = 0
    passed: int = 0
    by_check: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return self.passed / self.candidates

    def share_of(self, check: str) -> float:
        """The share that passed one check."""
        return self.by_check[check] / self.candidates


def simulate(
    policy: Policy, savings: list[float], likeness: float, clients: int, count: int, seed: int
) -> dict[float, Passed]:
    """The verdicts on `count` holdouts, by the candidates' true saving; parameters as for `samples`."""
    world = World(policy.costs)
    groups = _groups(clients, seed)
    results = {saving: Passed() for saving in savings}
    for sample in samples(world, savings, likeness, clients, count, seed):
        champion = evaluation_of(sample.champion, sample.target, policy)
        for saving, probability in sample.candidates.items():
            verdict = assess(
                evaluation_of(probability, sample.target, policy), champion, policy, RESAMPLES, seed, groups
            )
            result = results[saving]
            result.candidates += 1
            result.passed += verdict.passed
            result.by_check.update({check.name: int(check.passed) for check in verdict.checks})
    return results


def evaluation_of(probability: np.ndarray, target: np.ndarray, policy: Policy) -> Evaluation:
    """The evaluation of a model with these probabilities that must be sent every field."""
    threshold = policy.costs.threshold
    refused = is_refused(probability, threshold)
    decisions = pd.DataFrame(
        {
            "probability_of_default": probability,
            "threshold": threshold,
            "decision": np.where(refused, "refused", "granted"),
        }
    )
    quality = _quality(probability, refused, target, policy.costs)
    return Evaluation("simulated", np.ones(len(target), bool), decisions, target, quality, Examination([], []))


def _quality(probability: np.ndarray, refused: np.ndarray, target: np.ndarray, costs: Costs) -> Quality:
    """The figures that the gate asks for, as `measure` has them; the interval from cells, see `resampled_means`."""
    cost = realised_cost(refused, target, costs)
    # A business score is a ratio of means, 1 - mean(cost) / mean(cost of deciding all alike), of few cells.
    cheaper = costs.false_negative * (target == 1), costs.false_positive * (target == 0)
    alike = min(cheaper, key=np.mean)
    cells, counts = np.unique(np.column_stack([cost, alike]), axis=0, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(target), counts / len(target), size=500) @ cells
    low, high = np.percentile(1 - drawn[:, 0] / drawn[:, 1], [2.5, 97.5])
    figures = {
        "clients": float(len(target)),
        "calibration_error": calibration_error(probability, target),
        "calibration_noise": calibration_noise(probability, RESAMPLES, seed=0),
        "business_score": business_score(float(cost.mean()), target, costs),
    }
    return Quality(figures, {"business_score": (float(low), float(high))})


def _groups(clients: int, seed: int) -> Groups:
    generator = np.random.default_rng(seed)
    return Groups(
        list(_by_chance("protected", PROTECTED, clients, generator)),
        list(_by_chance("segment", SEGMENTS, clients, generator)),
    )


def _by_chance(name: str, attributes: int, clients: int, generator: np.random.Generator) -> Iterator[ClientGroup]:
    for number in range(attributes):
        value_of = generator.integers(GROUPS, size=clients)
        for value in range(GROUPS):
            yield ClientGroup(f"{name} {number}", str(value), value_of == value)
