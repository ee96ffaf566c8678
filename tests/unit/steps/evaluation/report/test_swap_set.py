"""Against the champion: the clients whom the two decide differently, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from steps.evaluation.report.swap_set import against_champion
from tests.unit.steps.evaluations import COSTS, evaluation_of

# 100 clients: the model refuses the first 60, the champion the last 60; so 40 and 40 are decided differently.
OWN = np.repeat([0.5, 0.01], [60, 40])
OTHER = np.repeat([0.01, 0.5], [40, 60])
TARGET = np.zeros(100, int)
TARGET[:10] = 1  # refused by the model alone
TARGET[95:] = 1  # granted by the model alone


def compared(own=OWN, other=OTHER, target=TARGET):
    return against_champion(evaluation_of(own, target), evaluation_of(other, target, model="credit-scoring/1"), COSTS,
                            200, seed=0)  # fmt: skip


def test_the_swap_set_has_its_numbers_its_default_rates_and_its_cost():
    section = compared()

    assert section.refused_only_here.clients == section.granted_only_here.clients == 40
    assert section.refused_only_here.default_rate.value == pytest.approx(10 / 40)
    assert section.granted_only_here.default_rate.value == pytest.approx(5 / 40)
    # Refused alone: 30 good clients at 1, where the champion pays 10 defaults at 10.
    assert section.refused_only_here.cost_difference == 30 - 100
    # Granted alone: 5 defaults at 10, where the champion pays 35 good clients at 1.
    assert section.granted_only_here.cost_difference == 50 - 35
    assert section.cost.value == pytest.approx((30 - 100 + 50 - 35) / 100)


def test_a_difference_that_is_surely_below_zero_says_that_the_model_is_cheaper():
    section = compared(np.where(TARGET == 1, 0.5, 0.01), np.where(TARGET == 1, 0.01, 0.5))

    assert section.cost.high < 0
    assert "This model is cheaper beyond doubt." in section.shown().blocks[0].text
    assert section.auc.value == pytest.approx(1.0)


def test_equal_models_have_no_swap_set_and_no_difference():
    section = compared(OWN, OWN)

    assert section.refused_only_here.clients == section.granted_only_here.clients == 0
    assert (section.cost.value, section.cost.low, section.cost.high) == (0.0, 0.0, 0.0)
    assert (section.auc.value, section.auc.low, section.auc.high) == (0.0, 0.0, 0.0)
    assert "these clients cannot tell" in section.shown().blocks[0].text


def test_a_few_swapped_clients_have_a_number_and_nothing_that_tells_their_outcomes():
    other = OWN.copy()
    other[:3] = 0.01

    swapped = compared(OWN, other).refused_only_here

    assert swapped.clients == 3
    assert swapped.default_rate.value is None
    assert swapped.cost_difference is None


def test_evaluations_of_other_clients_are_not_compared():
    one = evaluation_of(OWN, TARGET)

    with pytest.raises(ValueError, match="expected two evaluations of the same clients"):
        against_champion(one, replace(one, rows=~one.rows), COSTS, 40, seed=0)
