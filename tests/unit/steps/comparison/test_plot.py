"""The plot of the comparison: every fold and every interval."""

import io

import numpy as np
import pytest
from scipy.special import expit, logit

from steps.comparison.figures import difference
from steps.comparison.plot import comparison_plot
from tests.unit.steps.family_figures import CLIENTS, calibrated_clients, figures_of

PROBABILITY, TARGET = calibrated_clients()
DUMMY = figures_of("dummy", np.full(CLIENTS, 0.05), TARGET)
NOISY = figures_of("xgboost", expit(logit(PROBABILITY) + np.random.default_rng(0).normal(0, 1, CLIENTS)), TARGET)
BEST = figures_of("lightgbm", PROBABILITY, TARGET)


@pytest.fixture(scope="module")
def panels():
    figure = comparison_plot([DUMMY, BEST, NOISY], "data lender: 1,000 clients, out of fold")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=30)
    assert drawn.getvalue().startswith(b"\x89PNG")
    assert "data lender: 1,000 clients, out of fold" in figure.get_suptitle()
    return figure.axes


def test_families_stand_from_the_best_down_without_the_dummy(panels):
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["XGBoost", "LightGBM"]


@pytest.mark.parametrize(("panel", "figure"), [(0, "auc"), (1, "cost")])
def test_every_fold_has_its_point_and_every_family_its_mean(panels, panel, figure):
    *folds, means = panels[panel].lines

    np.testing.assert_array_equal([line.get_xdata()[0] for line in folds], NOISY.by_fold[figure])
    np.testing.assert_array_equal([line.get_xdata()[1] for line in folds], BEST.by_fold[figure])
    assert means.get_xdata().tolist() == [NOISY.figures[figure], BEST.figures[figure]]


@pytest.mark.parametrize(("panel", "figure"), [(2, "auc"), (3, "cost")])
def test_differences_have_their_intervals(panels, panel, figure):
    _, interval, mean, *_ = panels[panel].lines
    paired = difference(NOISY, BEST, figure)

    assert tuple(interval.get_xdata()) == paired.interval
    assert mean.get_xdata()[0] == paired.mean


def test_the_dummy_alone_is_drawn():
    assert [label.get_text() for label in comparison_plot([DUMMY], "").axes[0].get_yticklabels()] == ["Dummy"]
