"""Fairness by group: rates by hand, ratios with intervals, and what remains of an attribute that is not used."""

import numpy as np
import pytest

from steps.evaluation.groups import ClientGroup
from steps.evaluation.report.fairness import fairness, remains
from tests.unit.steps.evaluations import COSTS, evaluation_of

# 100 women, 80 approved; 100 men, 40 approved. Of either, half of the refused and 10 of the approved default.
PROBABILITY = np.repeat([0.01, 0.5, 0.01, 0.5], [80, 20, 40, 60])
TARGET = np.zeros(200, int)
TARGET[:10] = TARGET[80:90] = TARGET[100:110] = TARGET[140:170] = 1
WOMEN = np.arange(200) < 100
GROUPS = [ClientGroup("sex", "f", WOMEN), ClientGroup("sex", "m", ~WOMEN)]


def measured(probability=PROBABILITY, target=TARGET, groups=GROUPS, pairs=(), used=None, lacking=()):
    evaluation = evaluation_of(probability, target)
    return fairness(evaluation, groups, list(pairs), COSTS, list(lacking), used or {"sex": True})


def test_a_groups_rates_are_those_of_its_own_clients():
    (sex,) = measured().attributes
    women, men = sex.groups

    assert (women.clients, women.approved, men.approved) == (100, 0.8, 0.4)
    assert women.true_positive_rate == pytest.approx(10 / 20)  # of 20 defaults 10 are refused
    assert women.false_positive_rate == pytest.approx(10 / 80)
    assert men.true_positive_rate == pytest.approx(30 / 40)
    assert men.false_positive_rate == pytest.approx(30 / 60)
    assert women.cost == pytest.approx((10 * 10 + 10) / 100)
    assert men.cost == pytest.approx((10 * 10 + 30) / 100)
    assert men.observed_less_predicted.value == pytest.approx(0.4 - (40 * 0.01 + 60 * 0.5) / 100)


def test_the_ratio_is_to_the_group_that_is_approved_most_with_an_interval():
    (sex,) = measured().attributes

    assert sex.best == "f"
    assert sex.groups[0].ratio.value == 1.0
    men = sex.groups[1].ratio
    # Katz: exp(ln 0.5 -+ 1.96 sqrt(1/40 - 1/100 + 1/80 - 1/100)).
    spread = 1.959964 * np.sqrt(1 / 40 - 1 / 100 + 1 / 80 - 1 / 100)
    assert men.value == pytest.approx(0.5)
    assert men.low == pytest.approx(0.5 * np.exp(-spread))
    assert men.high == pytest.approx(0.5 * np.exp(spread))
    assert [each.four_fifths for each in sex.groups] == ["met", "not met"]


def test_a_ratio_whose_interval_has_four_fifths_within_is_unclear():
    probability = PROBABILITY.copy()
    probability[140:162] = 0.01  # 62 men approved: 0.775, 0.65 to 0.92

    (sex,) = measured(probability).attributes

    assert sex.groups[1].four_fifths == "unclear"


def test_what_remains_is_said_of_an_attribute_that_the_model_does_not_use():
    (sex,) = measured(used={"sex": False}).attributes

    assert remains(sex) == (
        "sex (the model does not use it, and yet this remains): m are approved 0.50 (0.39 to 0.65) times as often "
        "as f; four fifths: not met."
    )


def test_a_client_in_no_group_counts_in_none():
    few = [ClientGroup("sex", "f", WOMEN & (np.arange(200) < 50)), GROUPS[1]]

    (sex,) = measured(groups=few).attributes

    assert [each.clients for each in sex.groups] == [50, 100]
    assert sex.groups[0].approved == 1.0


def test_a_group_of_one_outcome_has_no_rate_of_the_other():
    target = np.where(WOMEN, 0, TARGET)

    (sex,) = measured(target=target).attributes

    assert sex.groups[0].true_positive_rate is None
    assert sex.groups[0].auc.value is None
    assert sex.groups[0].false_positive_rate == pytest.approx(0.2)


def test_where_nobody_is_approved_there_is_no_ratio():
    (sex,) = measured(np.full(200, 0.9)).attributes

    assert [each.ratio.value for each in sex.groups] == [None, None]
    assert {each.four_fifths for each in sex.groups} == {"unclear"}
    assert "there are no two groups" in remains(sex)


def test_a_group_without_any_approval_has_the_ratio_0():
    probability = np.where(WOMEN, PROBABILITY, 0.5)

    (sex,) = measured(probability).attributes

    assert (sex.groups[1].ratio.value, sex.groups[1].ratio.low) == (0.0, 0.0)
    assert sex.groups[1].four_fifths == "not met"


def test_groups_of_one_name_keep_figures_of_their_own():
    alike = [ClientGroup("sex", "x", WOMEN), ClientGroup("sex", "x", ~WOMEN)]

    (sex,) = measured(groups=alike).attributes

    assert [each.approved for each in sex.groups] == [0.8, 0.4]
    assert [each.four_fifths for each in sex.groups] == ["met", "not met"]


def test_clients_in_no_group_are_counted_and_named():
    section = measured(groups=[GROUPS[0], ClientGroup("sex", "m", ~WOMEN & (np.arange(200) < 170))])

    assert section.attributes[0].outside == 30
    texts = [getattr(block, "text", "") for block in section.shown().blocks]
    assert "30 clients without a value of it, or in a group too small to be shown, are in no row." in texts


def test_pairs_are_tables_of_their_own():
    pair = [ClientGroup("sex and age", "f, young", WOMEN), ClientGroup("sex and age", "m, young", ~WOMEN)]

    section = measured(pairs=pair)

    assert [each.attribute for each in section.pairs] == ["sex and age"]
    assert [block.caption for block in section.shown().blocks if block.kind == "table"] == ["sex", "sex and age"]


def test_attributes_that_the_data_lacks_are_named():
    texts = [getattr(block, "text", "") for block in measured(groups=[], lacking=["CODE_GENDER"]).shown().blocks]

    assert "policy.yaml protects CODE_GENDER, which this data lacks." in texts
    assert "This data has no group of a protected attribute to compare." in texts
