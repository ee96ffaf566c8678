"""The closed form equals the definition of Shapley values."""

from itertools import product
from math import factorial

import numpy as np
import pytest

from custom_model.contributions.shapley import shapley_values


def by_definition(value: float, share: list[float], holds: list[int]) -> list[float]:
    """Each condition's mean effect over all orders in which the conditions become known."""
    count = len(share)

    def game(known: tuple[bool, ...]) -> float:
        return value * np.prod([o if is_known else z for is_known, o, z in zip(known, holds, share, strict=True)])

    values = []
    for place in range(count):
        total = 0.0
        for known in product((False, True), repeat=count):
            if not known[place]:
                size = sum(known)
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                total += weight * (game((*known[:place], True, *known[place + 1 :])) - game(known))
        values.append(total)
    return values


@pytest.mark.parametrize("count", range(1, 7))
def test_contributions_are_the_shapley_values_of_the_leaf(count):
    share = np.random.default_rng(count).uniform(0.01, 1, count)

    for holds in product((0, 1), repeat=count):
        found = shapley_values(np.array(-1.7), share, np.array(holds, float))

        np.testing.assert_allclose(found, by_definition(-1.7, list(share), list(holds)), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("count", [1, 8, 15, 40])
def test_contributions_add_up_to_the_value_less_its_mean(count):
    share = np.random.default_rng(count).uniform(0.01, 1, count)

    assert shapley_values(np.array(3.0), share, np.ones(count)).sum() == pytest.approx(3 - 3 * share.prod(), rel=1e-12)


def test_a_share_of_one_pads_a_path_without_an_effect():
    share, holds = np.array([0.3, 0.6, 0.1]), np.array([1.0, 0.0, 1.0])

    padded = shapley_values(np.array(2.0), np.array([*share, 1.0, 1.0]), np.array([*holds, 1.0, 1.0]))

    np.testing.assert_allclose(padded[:3], shapley_values(np.array(2.0), share, holds), rtol=1e-13)
    assert padded[3:].tolist() == [0, 0]
