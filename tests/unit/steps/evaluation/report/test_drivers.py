"""What drives a model: directions, words, and pictures without a single client's extremes."""

from dataclasses import replace

import numpy as np
import pytest

from custom_model.meanings import Meaning
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.document import LeftOut
from steps.evaluation.report.driver_plots import beeswarm, dependence
from steps.evaluation.report.drivers import drivers
from tests.unit.steps.evaluation.report.reports import driver, inspection


def test_a_feature_has_its_share_of_all_contributions_and_the_direction_of_its_risk():
    income, sex = drivers(inspection(), {}).drivers

    assert income.share == pytest.approx(0.3 / 0.4)
    assert income.direction == pytest.approx(-1.0)
    assert sex.direction is None  # codes of a category have no order


def test_a_feature_is_in_the_words_of_the_models_own_scorecard_and_of_its_reasons():
    income, _ = drivers(inspection(), {"income": Meaning(description="Another text.", topic="INCOME")}).drivers

    assert income.words == "Income of the household"
    assert income.told_if_low == "income is low"


def test_the_page_says_with_which_values_the_risk_rises():
    (table,) = (block for block in drivers(inspection(), {}).shown().blocks if block.kind == "table")

    assert [row[3] for row in table.rows] == ["low values", "categories"]


def test_a_model_whose_code_cannot_explain_itself_is_left_out_with_the_reason():
    assert isinstance(drivers(None, {}), LeftOut)


def test_a_feature_of_one_value_or_without_any_has_no_direction():
    same, missing = driver("a", 0.2, np.ones(50)), driver("b", 0.1, np.full(50, np.nan))

    found = drivers(replace(inspection(), drivers=[same, missing]), {}).drivers

    assert [each.direction for each in found] == [None, None]


def test_a_swarm_has_a_point_for_each_client_at_its_contribution():
    shown = inspection().drivers

    (axes,) = beeswarm(shown, ["Income", "Sex"], "credit-scoring/2").axes

    rows = [points.get_offsets() for points in axes.collections]
    assert [len(each) for each in rows] == [200, 200]
    low, high = np.percentile(shown[0].contributions, [1, 99])
    np.testing.assert_allclose(rows[0][:, 0], np.clip(shown[0].contributions, low, high))
    assert (np.abs(rows[1][:, 1] + 1) <= 0.5).all()  # within its own row


def test_the_dependence_leaves_out_the_clients_of_extreme_values():
    income = driver("income", 0.3, np.append(np.linspace(0, 1, 199), 1e9))

    (axes,) = dependence(income).axes

    values = axes.collections[0].get_offsets()[:, 0]
    assert values.max() < 2
    assert len(values) >= 190


def test_levels_of_a_few_clients_have_no_bar():
    codes = np.repeat([0.0, 1.0], [200 - SMALLEST_GROUP + 1, SMALLEST_GROUP - 1])

    (axes,) = dependence(driver("sex", 0.1, codes, levels={"f": 0.0, "m": 1.0})).axes

    assert [label.get_text() for label in axes.get_xticklabels()] == ["f"]
