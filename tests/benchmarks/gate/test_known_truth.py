"""Models of known truth: what the formulas say, large samples show."""

import numpy as np
import pytest

from benchmarks.gate.known_truth import ABILITY, World, samples
from custom_model.costs import Costs, is_refused
from steps.quality.figures import calibration_error, realised_cost

WORLD = World(Costs(false_negative=10, false_positive=1))


@pytest.fixture(scope="module")
def large():
    return next(samples(WORLD, [-0.02, 0.0, 0.05], likeness=0.95, clients=1_000_000, count=1, seed=1))


def cost_of(probability: np.ndarray, target: np.ndarray) -> float:
    return float(realised_cost(is_refused(probability, WORLD.costs.threshold), target, WORLD.costs).mean())


def test_the_true_cost_of_a_model_is_that_of_a_million_clients(large):
    # A decision costs 1.6 with a deviation of 1.6 / 1,000 among a million.
    assert cost_of(large.champion, large.target) == pytest.approx(WORLD.cost(ABILITY), abs=0.006)
    assert large.target.mean() == pytest.approx(0.08, abs=0.001)


@pytest.mark.parametrize("saving", [-0.02, 0.0, 0.05])
def test_a_candidate_truly_saves_its_share_and_is_calibrated(large, saving):
    probability = large.candidates[saving]

    assert WORLD.cost(WORLD.ability_for(saving)) == pytest.approx((1 - saving) * WORLD.cost(ABILITY), abs=1e-6)
    saved = cost_of(large.champion, large.target) - cost_of(probability, large.target)
    assert saved == pytest.approx(saving * WORLD.cost(ABILITY), abs=0.004)
    assert calibration_error(probability, large.target) < 0.001


def test_a_version_that_is_alike_decides_otherwise_on_few_clients(large):
    refused = is_refused(large.champion, 1 / 11)

    assert 0.05 < np.mean(refused != is_refused(large.candidates[0.0], 1 / 11)) < 0.12


def test_a_likeness_that_cannot_be_is_an_error():
    with pytest.raises(ValueError, match="no score of ability"):
        next(samples(WORLD, [0.2], likeness=0.999, clients=10, count=1, seed=0))
