"""The comparison as Markdown and as a data frame."""

import numpy as np
import pytest
from scipy.special import expit, logit

from steps.comparison.figures import difference
from steps.comparison.report import FIGURES, PAIRED, comparison_frame, render_comparison
from tests.unit.steps.family_figures import CLIENTS, calibrated_clients, figures_of

PROBABILITY, TARGET = calibrated_clients()


@pytest.fixture(scope="module")
def compared():
    disturbed = expit(logit(PROBABILITY) + np.random.default_rng(0).normal(0, 1, CLIENTS))
    return [
        figures_of("dummy", np.full(CLIENTS, 0.05), TARGET),
        figures_of("xgboost", disturbed, TARGET),
        figures_of("lightgbm", PROBABILITY, TARGET),
    ]


@pytest.fixture(scope="module")
def lines(compared):
    return render_comparison(compared, CLIENTS, 1 / 11).splitlines()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_frame_has_a_row_a_family_and_its_differences_from_the_best(compared):
    frame = comparison_frame(compared)

    assert list(frame.index) == ["dummy", "xgboost", "lightgbm"]
    for figure in PAIRED:
        paired = difference(compared[1], compared[2], figure)
        assert frame.loc["xgboost", f"{figure}_difference"] == paired.mean
        assert frame.loc["xgboost", f"{figure}_difference_low"] == paired.interval[0]
        assert frame.loc["lightgbm", f"{figure}_difference"] == 0


def test_the_table_has_a_column_a_family_and_a_row_a_figure(compared, lines):
    assert cells(lines[0]) == ["", "Dummy", "XGBoost", "LightGBM"]
    rows = {cells(line)[0]: cells(line)[1:] for line in lines[2:] if line.startswith("|")}
    assert set(rows) >= {label for _, label, _ in FIGURES}
    figures, deviations = compared[1].figures, compared[1].deviations
    assert rows["AUC"][1] == f"{figures['auc']:.4f} ± {deviations['auc']:.4f}"
    assert rows["calibration error"][1] == f"{figures['calibration_error']:.4f}"
    assert rows["AUC, minus the best's"][2] == "best"
    assert rows["AUC, minus the best's"][1].startswith("-0.")


def test_the_table_is_aligned(lines):
    assert len({len(line) for line in lines if line.startswith("|")}) == 1


def test_nothing_is_minus_zero(lines):
    assert not any(cell.startswith("-0.0000 ±") for line in lines for cell in cells(line))


def test_each_family_says_what_it_was_given_and_chose(lines):
    (xgboost,) = (line for line in lines if line.startswith("- XGBoost"))

    assert "depth 4" in xgboost
    assert xgboost.endswith("Chosen: rounds 7 to 9.")


def test_one_family_alone_is_the_best(compared):
    assert "| best" in render_comparison(compared[:1], CLIENTS, 1 / 11)
