"""Plots of a model: their curves, marks and labels."""

import io
import itertools

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steps.quality.plots import LEAST_REFUSED, Plotted, performance_plots
from steps.quality.thresholds import check_threshold
from tests.unit.steps.evaluations import COSTS, calibrated_clients

pytestmark = pytest.mark.slow  # draws pictures

PROBABILITY, TARGET = calibrated_clients(400)
CAPTION = "credit-scoring/3, data lender: 400 held-out clients"
NAMES = {"roc.png", "precision_recall.png", "calibration.png", "cost_by_threshold.png", "scores_by_outcome.png"}
REFUSED = COSTS.threshold <= PROBABILITY


def plotted(probability: np.ndarray, target: np.ndarray) -> Plotted:
    check = check_threshold(probability, target, COSTS, 40, seed=0)
    return Plotted(CAPTION, probability, target, COSTS, COSTS.threshold, check)


@pytest.fixture(scope="module")
def plots():
    return performance_plots(plotted(PROBABILITY, TARGET))


def labels(figure) -> str:
    return " | ".join(figure.axes[0].get_legend_handles_labels()[1])


def line_of(figure, part: str):
    """The line whose label has this part."""
    (line,) = (line for line in figure.axes[0].lines if part in str(line.get_label()))
    return line


def test_each_picture_can_be_drawn_and_names_model_data_and_clients(plots):
    assert set(plots) == NAMES
    for figure in plots.values():
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi=20)
        assert drawn.getvalue().startswith(b"\x89PNG")
        assert figure.get_suptitle().endswith(CAPTION)


def test_every_axis_has_a_name(plots):
    for figure in plots.values():
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)


def test_the_roc_curve_goes_from_corner_to_corner_and_says_its_area(plots):
    x, y = line_of(plots["roc.png"], "AUC").get_data()

    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(TARGET, PROBABILITY))
    assert f"AUC {roc_auc_score(TARGET, PROBABILITY):.3f}" in labels(plots["roc.png"])


def test_the_operating_point_is_what_the_threshold_in_use_refuses(plots):
    (x,), (y,) = line_of(plots["roc.png"], "threshold in use 0.0909").get_data()

    assert (x, y) == (REFUSED[TARGET == 0].mean(), REFUSED[TARGET == 1].mean())
    (recall,), (precision,) = line_of(plots["precision_recall.png"], "threshold in use 0.0909").get_data()
    assert (recall, precision) == (REFUSED[TARGET == 1].mean(), TARGET[REFUSED].mean())


def test_precision_begins_where_enough_clients_are_refused_to_have_one(plots):
    recall, precision = line_of(plots["precision_recall.png"], "average precision").get_data()

    riskiest = TARGET[np.argsort(-PROBABILITY)][:LEAST_REFUSED]
    assert precision[0] == riskiest.mean()
    assert recall[0] == riskiest.sum() / TARGET.sum() > 0
    assert (recall[-1], precision[-1]) == (1, TARGET.mean())


def test_the_cost_curve_marks_the_threshold_in_use_the_lowest_cost_and_its_band(plots):
    figure = plots["cost_by_threshold.png"]
    thresholds, cost = line_of(figure, "cost of the decisions").get_data()
    position = int(np.argmin(cost))

    assert f"lowest: {cost[position]:.3f} at {thresholds[position]:.4f}" in labels(figure)
    assert line_of(figure, "threshold in use 0.0909").get_xdata()[0] == COSTS.threshold
    (band,) = figure.axes[0].patches
    low, high = check_threshold(PROBABILITY, TARGET, COSTS, 40, seed=0).band
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((low, high))


def test_without_a_model_all_are_granted_or_all_refused(plots):
    figure = plots["cost_by_threshold.png"]

    assert line_of(figure, "all granted").get_ydata()[0] == pytest.approx(10 * TARGET.mean())
    assert line_of(figure, "all refused").get_ydata()[0] == pytest.approx(1 - TARGET.mean())


def test_scores_of_each_outcome_add_up_to_all_its_clients_and_say_how_many_are_refused(plots):
    figure = plots["scores_by_outcome.png"]

    filled = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    assert len(filled) == 2
    for outcome, name in ((0, "good clients"), (1, "defaults")):
        members = outcome == TARGET
        assert f"{members.sum():,} {name}: {REFUSED[members].mean():.0%} refused" in labels(figure)
    for patch in filled:
        corners = patch.get_xy()
        tops = [y for (x, y), (right, top) in itertools.pairwise(corners) if x < right and y == top]  # of the bins
        assert sum(tops) == pytest.approx(1)


@pytest.mark.parametrize(
    ("probability", "target"),
    [
        (np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 0, 1])),
        (np.full(30, 0.2), np.array([1] + 29 * [0])),
        (np.full(30, 0.01), np.array([1] + 29 * [0])),
    ],
    ids=["certainties", "one probability for all", "nobody refused"],
)
def test_odd_probabilities_can_be_drawn_too(probability, target):
    for figure in performance_plots(plotted(probability, target)).values():
        figure.savefig(io.BytesIO(), format="png", dpi=20)
