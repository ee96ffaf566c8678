"""The cost of segments: a candidate that is dearer for some clients is found, for whomever it is."""

import numpy as np

from steps.evaluation.groups import ClientGroup
from steps.gate.segments import check_segments
from tests.unit.steps.lender import POLICY

BOUNDS = POLICY.promotion.model_copy(update={"worst_segment_cost_increase": 0.02})
CLIENTS = 10_000
REGION = np.arange(CLIENTS) % 5
GROUPS = [ClientGroup("region", str(value), value == REGION) for value in range(5)]


def extra(generator: np.random.Generator, region: float, elsewhere: float) -> np.ndarray:
    """What clients cost more: good ones newly refused at these rates in the first region and in the others."""
    return (generator.random(CLIENTS) < np.where(REGION == 0, region, elsewhere)).astype(float)


def test_a_segment_that_is_dearer_beyond_doubt_fails_though_all_clients_together_are_not():
    costs = extra(np.random.default_rng(1), region=0.1, elsewhere=0.0) - 0.03
    assert costs.mean() < 0

    check, metrics = check_segments(costs, GROUPS, BOUNDS)

    assert not check.passed
    assert "(region: 0, 2,000 clients)" in check.found
    assert metrics["segment_cost_increase_worst"] == costs[REGION == 0].mean()
    assert check.sure.startswith("p = ")


def test_a_segment_within_the_margin_passes():
    check, _ = check_segments(extra(np.random.default_rng(1), region=0.02, elsewhere=0.0), GROUPS, BOUNDS)

    assert check.passed


def test_equal_candidates_are_hardly_ever_refused_for_a_segment():
    generator = np.random.default_rng(3)
    refused = 0
    for _ in range(200):
        # Decisions of a version that was trained again differ on 4 % of the clients.
        costs = generator.choice([-10.0, -1.0, 0.0, 1.0, 10.0], CLIENTS, p=[0.002, 0.018, 0.96, 0.018, 0.002])
        refused += not check_segments(costs, GROUPS, BOUNDS)[0].passed

    assert refused <= 4


def test_without_segments_there_is_no_check():
    assert check_segments(np.zeros(10), [], BOUNDS) == (None, {})
