"""Figures of a family and differences between families, against independent calculations."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from steps.comparison.figures import FamilyFigures, best_of, difference
from steps.quality.figures import calibration_error
from tests.unit.steps.family_figures import CLIENTS, FOLD, calibrated_clients, figures_of

PROBABILITY, TARGET = calibrated_clients()


@pytest.fixture(scope="module")
def truth() -> FamilyFigures:
    return figures_of("lightgbm", PROBABILITY, TARGET)


@pytest.fixture(scope="module")
def noisy() -> FamilyFigures:
    disturbed = expit(logit(PROBABILITY) + np.random.default_rng(0).normal(0, 1, CLIENTS))
    return figures_of("xgboost", disturbed, TARGET)


def test_a_perfect_model_costs_nothing_and_scores_1():
    figures = figures_of("lightgbm", TARGET.astype(float), TARGET).figures

    assert figures["auc"] == 1
    assert (figures["cost"], figures["cost_raw"], figures["cost_tuned"]) == (0, 0, 0)
    assert figures["business_score"] == 1


def test_one_probability_for_all_has_an_auc_of_a_half_and_scores_0():
    figures = figures_of("dummy", np.full(CLIENTS, 0.05), TARGET).figures

    assert figures["auc"] == 0.5
    assert figures["business_score"] <= 1e-12


@pytest.mark.parametrize("everyone", [0.01, 0.99], ids=["all granted", "all refused"])
def test_granting_or_refusing_all_scores_0_where_it_is_the_cheaper(everyone):
    # At a default rate of 1/11 the two cost the same.
    rate = 0.02 if everyone < 0.5 else 0.2
    target = np.zeros(CLIENTS, int)
    target[: int(rate * CLIENTS)] = 1

    assert figures_of("dummy", np.full(CLIENTS, everyone), target).figures["business_score"] == pytest.approx(0)


def test_a_figure_is_the_mean_of_its_folds_and_has_their_deviation(truth):
    aucs = [roc_auc_score(TARGET[number == FOLD], PROBABILITY[number == FOLD]) for number in range(3)]

    assert truth.figures["auc"] == pytest.approx(np.mean(aucs))
    assert truth.deviations["auc"] == pytest.approx(np.std(aucs, ddof=1))


def test_cost_is_that_of_the_decisions(truth):
    refused = PROBABILITY >= 1 / 11
    cost = 10 * ((TARGET == 1) & ~refused) + ((TARGET == 0) & refused)

    assert truth.figures["cost_raw"] == pytest.approx(np.mean([cost[number == FOLD].mean() for number in range(3)]))


def test_calibration_mends_probabilities_that_are_too_high_and_leaves_the_order():
    high = expit(logit(PROBABILITY) + 1.5)

    figures = figures_of("random-forest", high, TARGET).figures

    assert figures["auc"] == pytest.approx(figures_of("lightgbm", PROBABILITY, TARGET).figures["auc"])
    assert figures["calibration_error"] == pytest.approx(calibration_error(high, TARGET))
    assert figures["calibrated_error"] < figures["calibration_error"] / 4
    assert figures["cost"] < figures["cost_raw"]


def test_a_tuned_threshold_needs_no_calibration():
    # Any rising function of the probabilities has the same clients above its own best threshold.
    right, high = (
        figures_of("lightgbm", each, TARGET).figures for each in (PROBABILITY, expit(logit(PROBABILITY) + 1.5))
    )

    assert high["cost_tuned"] == pytest.approx(right["cost_tuned"])


def test_a_family_worse_than_chance_keeps_its_probabilities():
    wrong = 0.3 - 0.3 * PROBABILITY

    figures = figures_of("dummy", wrong, TARGET).figures

    assert figures["auc"] < 0.5
    assert figures["cost"] == figures["cost_raw"]
    assert figures["calibrated_error"] == figures["calibration_error"]


@pytest.mark.parametrize("figure", ["auc", "cost", "business_score"])
def test_a_family_does_not_differ_from_itself(truth, figure):
    itself = difference(truth, truth, figure)

    assert (itself.mean, itself.deviation, itself.interval) == (0, 0, (0, 0))


def test_differences_are_paired_by_fold(truth, noisy):
    paired = difference(noisy, truth, "auc")

    by_fold = [
        roc_auc_score(TARGET[number == FOLD], noisy.folds.log_odds[number == FOLD])
        - roc_auc_score(TARGET[number == FOLD], PROBABILITY[number == FOLD])
        for number in range(3)
    ]
    assert paired.mean == pytest.approx(np.mean(by_fold))
    assert paired.mean < 0
    assert paired.deviation == pytest.approx(np.std(by_fold, ddof=1))
    assert difference(truth, noisy, "auc").mean == pytest.approx(-paired.mean)


def test_the_interval_is_the_one_worked_out_in_the_docstring(truth):
    spread = np.array([-1.0, 1.0, 0.0, -1.0, 1.0])  # sum 0, sum of squares 4, so of deviation 1 over 5 folds
    zeros, apart = (
        FamilyFigures("any", truth.folds, pd.DataFrame({"auc": values}), 0, 0, 0)
        for values in (0 * spread, 0.01 * spread)
    )

    low, high = difference(apart, zeros, "auc").interval

    assert (low, high) == pytest.approx((-0.0186, 0.0186), abs=0.0001)


def test_the_interval_holds_about_as_often_as_it_says_for_folds_that_are_correlated():
    # Differences of 5 folds with a correlation of 1/5, the share of validation rows: what the correction assumes.
    generator = np.random.default_rng(3)
    covered = 0
    for _ in range(1_000):
        values = np.sqrt(0.2) * generator.normal() + np.sqrt(0.8) * generator.normal(size=5)
        one, other = (FamilyFigures("any", None, pd.DataFrame({"auc": each}), 0, 0, 0) for each in (values, 0 * values))
        low, high = difference(one, other, "auc").interval
        covered += low <= 0 <= high

    assert covered / 1_000 == pytest.approx(0.95, abs=0.02)  # three standard deviations of a share of 1,000


def test_the_best_has_the_highest_auc(truth, noisy):
    assert best_of([noisy, truth]) is truth
