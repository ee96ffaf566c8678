"""Discrimination: figures that four clients give by hand, and their intervals."""

import numpy as np
import pytest

from steps.evaluation.report.discrimination import MEANINGS, discrimination
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of

PROBABILITY, TARGET = calibrated_clients(600)
EVALUATION = evaluation_of(PROBABILITY, TARGET)


def test_four_clients_have_the_figures_that_a_hand_gives():
    # Of the pairs of a default and a good client (0.2 or 0.4 against 0.1 or 0.3), three of four are in order.
    evaluation = evaluation_of(np.tile([0.1, 0.2, 0.3, 0.4], 30), np.tile([0, 1, 0, 1], 30))

    figures = discrimination(evaluation, 40, seed=0).figures

    assert figures["auc"].value == pytest.approx(0.75)
    assert figures["gini"].value == pytest.approx(0.5)
    assert figures["ks"].value == pytest.approx(0.5)
    # Precision is 1 at the first default (recall 1/2), 2/3 at the second.
    assert figures["average_precision"].value == pytest.approx((1 + 2 / 3) / 2)
    # The threshold 1/11 refuses all four: two good clients at 1 each.
    assert figures["cost"].value == pytest.approx(0.5)
    assert figures["business_score"].value == pytest.approx(0.0)


def test_every_figure_has_its_meaning_and_lies_within_its_interval():
    found = discrimination(EVALUATION, 200, seed=0)

    assert list(found.figures) == list(MEANINGS)
    with_interval = {name: each for name, each in found.figures.items() if each.low is not None}
    assert set(with_interval) == {"auc", "gini", "ks", "average_precision", "cost", "business_score"}
    for each in with_interval.values():
        assert each.low < each.value < each.high


def test_the_interval_of_gini_is_that_of_the_auc_on_its_scale():
    figures = discrimination(EVALUATION, 40, seed=0).figures

    assert figures["gini"].low == pytest.approx(2 * figures["auc"].low - 1)
    assert figures["gini"].high == pytest.approx(2 * figures["auc"].high - 1)


def test_the_page_shows_the_figures_of_the_json_with_four_decimals():
    found = discrimination(EVALUATION, 40, seed=0)

    (table,) = (block for block in found.shown().blocks if block.kind == "table")

    assert [row[0] for row in table.rows] == [
        "AUC", "Gini", "KS", "average precision", "Brier score", "log loss", "cost a client", "expected cost",
        "business score", "refusal rate",
    ]  # fmt: skip
    assert [row[1] for row in table.rows] == [f"{each.value:.4f}" for each in found.figures.values()]
