"""The price of leaving an attribute out: paired differences, and what remains."""

import numpy as np
import pytest

from steps.evaluation.groups import ClientGroup
from steps.evaluation.leaving_out import Refit
from steps.evaluation.report.price import price
from steps.quality.figures import realised_cost
from tests.unit.steps.evaluations import COSTS

TARGET = np.repeat([1, 0, 1, 0], [10, 90, 20, 80])
WOMEN = np.arange(200) < 100
GROUPS = [ClientGroup("sex", "f", WOMEN), ClientGroup("sex", "m", ~WOMEN)]
BY_SEX = np.where(WOMEN, 0.05, 0.5)  # refuses all men
BLIND = np.where(TARGET == 1, 0.5, 0.05)  # refuses all defaults, by chance of this test


def refit(probability: np.ndarray, *left_out: str) -> Refit:
    refused = probability >= 1 / 11
    return Refit(left_out, 9 - len(left_out), probability, refused, realised_cost(refused, TARGET, COSTS))


def compared(*refits: Refit, attributes=("sex",)):
    return price(refits, TARGET, GROUPS, attributes, 200, seed=0)


def test_the_price_is_the_paired_difference_and_the_ratio_says_what_remains():
    section = compared(refit(BY_SEX), refit(BLIND, "sex"))

    (without,) = section.refits
    # With: 10 women default at 10, 80 good men are refused at 1. Without: no cost.
    assert without.cost.value == pytest.approx(-(100 + 80) / 200)
    assert without.cost.high < 0
    # With: AUC 20/30 of the defaults above 90/170 good clients, ties half.
    with_auc = (20 * 90 + 0.5 * (20 * 80 + 10 * 90)) / (30 * 170)
    assert without.auc.value == pytest.approx(1 - with_auc)
    assert without.ratios == {"sex": (0.0, pytest.approx(0.8 / 0.9))}


def test_a_refit_that_is_the_same_costs_nothing():
    (without,) = compared(refit(BLIND), refit(BLIND, "sex")).refits

    assert (without.auc.value, without.auc.low, without.auc.high) == (0.0, 0.0, 0.0)
    assert (without.cost.value, without.cost.low, without.cost.high) == (0.0, 0.0, 0.0)


def test_attributes_that_the_version_does_not_use_are_named():
    section = compared(refit(BLIND), attributes=("sex", "age"))

    assert section.unused == ["sex", "age"]
    texts = [block.text for block in section.shown().blocks]
    assert any("does not use sex, age" in text for text in texts)


def test_without_an_approval_there_is_no_ratio_and_the_page_still_shows_the_price():
    section = compared(refit(np.full(200, 0.9)), refit(BLIND, "sex"))

    assert section.refits[0].ratios["sex"][0] is None
    (table,) = (block for block in section.shown().blocks if block.kind == "table")
    assert table.rows[0][5] == "–"
