"""Refusals by group: every group with its share and interval."""

import io

import numpy as np
import pytest

from steps.evaluation.groups import client_groups
from steps.evaluation.refusals_plot import refusals_plot
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY, lender_table

EVALUATION = evaluation_of(*calibrated_clients(600))


def test_each_group_has_a_point_at_its_own_share_of_refusals():
    table = lender_table(sex=np.where(np.arange(600) < 200, "f", "m"))

    groups = list(client_groups(EVALUATION, table, POLICY))
    figure = refusals_plot(EVALUATION, groups, table, "credit-scoring/2, data lender")

    (axes,) = figure.axes
    figure.savefig(io.BytesIO(), format="png", dpi=20)
    (points,) = (line for line in axes.lines if line.get_marker() == "o")
    women = EVALUATION.refused[:200].mean()
    assert points.get_xdata()[0] == pytest.approx(100 * women)
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == [
        "Sex: f  (200 clients)",
        "Sex: m  (400 clients)",
    ]
    assert figure.get_suptitle() == "Refusals by group\ncredit-scoring/2, data lender"
