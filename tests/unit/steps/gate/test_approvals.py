"""Approval ratios: a version that approves fewer of a group, compared with the best one, is found."""

import numpy as np
import pytest
from scipy.stats import norm

from steps.evaluation.groups import ClientGroup
from steps.gate.approvals import check_least_ratio, check_ratio_decreases
from tests.unit.steps.evaluations import evaluation_of
from tests.unit.steps.lender import POLICY

CLIENTS = 4_000
YOUNG = np.arange(CLIENTS) % 4 == 0
GROUPS = [ClientGroup("age", "young", YOUNG), ClientGroup("age", "old", ~YOUNG)]
BOUNDS = POLICY.promotion


def approving(young: float, old: float, seed: int = 0):
    """A model that approves these shares of either group; of two with one seed, who approves more approves them all."""
    draws = np.random.default_rng(seed).random(CLIENTS)
    probability = np.where(draws < np.where(YOUNG, young, old), 0.02, 0.3)
    target = (np.random.default_rng(9).random(CLIENTS) < 0.1).astype(int)
    return evaluation_of(probability, target)


def with_bounds(**bounds: float | None):
    return BOUNDS.model_copy(update=bounds)


def test_the_ratio_is_the_groups_rate_over_the_best_ones():
    _, metrics = check_least_ratio(approving(0.4, 0.8), GROUPS, BOUNDS, seed=0)

    assert metrics["approval_ratio_least"] == pytest.approx(0.5, abs=0.03)
    assert metrics["groups_below_four_fifths"] == 1


def test_a_lender_whose_young_are_approved_half_as_often_is_not_refused_for_it():
    unequal = approving(0.4, 0.8)

    check, _ = check_ratio_decreases(unequal, unequal, GROUPS, BOUNDS, seed=0)

    assert check.passed
    assert check_least_ratio(unequal, GROUPS, BOUNDS, seed=0)[0] is None


@pytest.mark.parametrize(("young", "passes"), [(0.40, True), (0.38, True), (0.30, False)])
def test_a_version_that_makes_it_worse_beyond_the_margin_fails(young, passes):
    check, metrics = check_ratio_decreases(approving(young, 0.8), approving(0.4, 0.8), GROUPS, BOUNDS, seed=0)

    assert check.passed is passes
    assert "age: young, 1,000 clients" in check.found
    assert metrics["approval_ratio_decrease_worst"] == pytest.approx((0.4 - young) / 0.8, abs=0.02)


def test_a_version_that_makes_it_better_passes():
    assert check_ratio_decreases(approving(0.6, 0.8), approving(0.4, 0.8), GROUPS, BOUNDS, seed=0)[0].passed


def test_an_absolute_bound_fails_where_the_ratio_is_below_it_beyond_doubt():
    unequal = approving(0.6, 0.8)  # a ratio of 0.75

    passed = {
        bound: check_least_ratio(unequal, GROUPS, with_bounds(least_approval_ratio=bound), seed=0)[0].passed
        for bound in (0.7, 0.76, 0.8, 0.9)
    }

    assert passed == {0.7: True, 0.76: True, 0.8: False, 0.9: False}


def test_the_noise_of_the_decrease_is_that_of_resampled_clients():
    candidate, champion = approving(0.35, 0.8), approving(0.4, 0.8, seed=1)  # they differ on other clients, too
    generator = np.random.default_rng(5)
    decreases = []
    for _ in range(400):
        rows = generator.integers(CLIENTS, size=CLIENTS)
        ratios = [
            np.mean(~each.refused[rows][YOUNG[rows]]) / np.mean(~each.refused[rows][~YOUNG[rows]])
            for each in (champion, candidate)
        ]
        decreases.append(ratios[0] - ratios[1])

    check, metrics = check_ratio_decreases(
        candidate, champion, GROUPS, with_bounds(worst_approval_ratio_decrease=0.0), seed=0
    )

    # Holm doubles the p-value of the smaller of two: that of a z-test with this noise, printed with one digit.
    z = metrics["approval_ratio_decrease_worst"] / np.std(decreases)
    printed = float(check.sure.split()[2])
    assert norm.isf(printed / 2) == pytest.approx(z, abs=0.25)


def test_a_single_group_of_an_attribute_has_nothing_to_be_compared_with():
    assert check_ratio_decreases(approving(0.4, 0.8), approving(0.4, 0.8), GROUPS[:1], BOUNDS, seed=0) == (None, {})
    assert check_least_ratio(approving(0.4, 0.8), [], BOUNDS, seed=0) == (None, {})


def test_groups_of_whom_nobody_is_approved_are_treated_alike():
    nobody = approving(0.0, 0.001)
    assert nobody.refused[YOUNG].all()

    both = [ClientGroup("half", str(half), YOUNG & (np.arange(CLIENTS) % 8 == half)) for half in (0, 4)]
    assert check_ratio_decreases(nobody, nobody, both, BOUNDS, seed=0)[0].passed
    assert check_least_ratio(nobody, both, BOUNDS, seed=0)[1]["approval_ratio_least"] == 1.0
