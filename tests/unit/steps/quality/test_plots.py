"""Plots of a model: their curves and labels."""

import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steps.quality.plots import importance_plot, performance_plots
from tests.unit.steps.evaluations import COSTS, calibrated_clients

PROBABILITY, TARGET = calibrated_clients(400)


@pytest.fixture(scope="module")
def plots():
    return performance_plots(PROBABILITY, TARGET, COSTS)


def labels(figure) -> str:
    (axes,) = figure.axes
    return " | ".join(axes.get_legend_handles_labels()[1])


def test_there_are_four_pictures_and_each_can_be_drawn(plots):
    assert set(plots) == {"roc.png", "precision_recall.png", "calibration.png", "cost_by_threshold.png"}
    for figure in plots.values():
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi=20)
        assert drawn.getvalue().startswith(b"\x89PNG")


def test_every_picture_has_a_title_and_named_axes(plots):
    for figure in plots.values():
        (axes,) = figure.axes
        assert all((axes.get_title(), axes.get_xlabel(), axes.get_ylabel()))


def test_the_roc_curve_goes_from_corner_to_corner_and_says_its_area(plots):
    (axes,) = plots["roc.png"].axes
    x, y = axes.lines[0].get_data()

    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(TARGET, PROBABILITY))
    assert f"AUC {roc_auc_score(TARGET, PROBABILITY):.3f}" in labels(plots["roc.png"])


def test_the_cost_curve_marks_the_closed_form_and_the_lowest_cost(plots):
    (axes,) = plots["cost_by_threshold.png"].axes
    thresholds, cost = axes.lines[0].get_data()
    position = int(np.argmin(cost))

    texts = labels(plots["cost_by_threshold.png"])

    assert "closed form 0.0909" in texts
    assert f"lowest: {cost[position]:.3f} at {thresholds[position]:.4f}" in texts


def test_without_a_model_all_are_granted_or_all_refused(plots):
    (axes,) = plots["cost_by_threshold.png"].axes
    heights = {line.get_label(): line.get_ydata()[0] for line in axes.lines}

    assert heights["all granted"] == pytest.approx(10 * TARGET.mean())
    assert heights["all refused"] == pytest.approx(1 - TARGET.mean())


def test_calibration_has_a_point_for_each_tenth_of_the_clients(plots):
    (axes,) = plots["calibration.png"].axes

    (points,) = (line for line in axes.lines if line.get_marker() == "o")
    assert len(points.get_xdata()) == 10


@pytest.mark.parametrize(
    ("probability", "target"),
    [
        (np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 0, 1])),
        (np.full(30, 0.2), np.array([1] + 29 * [0])),
    ],
    ids=["certainties", "one probability for all"],
)
def test_odd_probabilities_can_be_drawn_too(probability, target):
    for figure in performance_plots(probability, target, COSTS).values():
        figure.savefig(io.BytesIO(), format="png", dpi=20)


def test_importance_shows_the_largest_shares_of_all_gain_in_order():
    figure = importance_plot(["a", "b", "c", "d"], np.array([10.0, 60.0, 5.0, 25.0]), limit=3)

    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "d", "b"]  # from the bottom up
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([10, 25, 60])


def test_a_booster_that_gained_nothing_has_bars_of_no_length():
    (axes,) = importance_plot(["a", "b"], np.zeros(2)).axes

    assert [bar.get_width() for bar in axes.patches] == [0, 0]
