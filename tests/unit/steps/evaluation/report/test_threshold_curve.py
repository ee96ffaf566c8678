"""The threshold: confusion in money, and what each threshold approves."""

import numpy as np
import pytest

from custom_model.costs import Costs
from custom_model.points import ScoreScale
from steps.evaluation.groups import SMALLEST_GROUP
from steps.evaluation.report.threshold_curve import threshold_curve
from steps.quality.thresholds import check_threshold
from tests.unit.steps.evaluations import COSTS, calibrated_clients, evaluation_of


def curve_of(probability, target, threshold=COSTS.threshold, costs=COSTS, scale=None, referred=None):
    check = check_threshold(probability, target, costs, 40, seed=0)
    evaluation = evaluation_of(probability, target, threshold)
    if referred is not None:
        evaluation.decisions.loc[referred, "decision"] = "referred"
    return threshold_curve(evaluation, costs, check, scale)


def test_the_confusion_counts_clients_and_their_costs():
    # Refused from 0.5 on: 30 good and 40 defaults; granted: 100 good and 20 defaults.
    probability = np.repeat([0.1, 0.2, 0.6, 0.7], [100, 20, 30, 40])
    target = np.repeat([0, 1, 0, 1], [100, 20, 30, 40])

    confusion = curve_of(probability, target, threshold=0.5).confusion

    counts = confusion.granted_good, confusion.granted_default, confusion.refused_good, confusion.refused_default
    assert counts == (100, 20, 30, 40)
    assert confusion.cost_of_granted_defaults == 20 * 10
    assert confusion.cost_of_refused_good == 30 * 1


def test_a_point_has_the_share_approved_their_default_rate_and_the_cost_of_all():
    probability = np.repeat([0.1, 0.2, 0.6, 0.7], [100, 20, 30, 40])
    target = np.repeat([0, 1, 0, 1], [100, 20, 30, 40])

    points = {round(each.approved * 190): each for each in curve_of(probability, target).curve}

    # Clients of one score are approved together: hundredths of the clients within a score are no thresholds.
    assert set(points) <= {100, 120, 150, 190}
    assert points[190].threshold == 1.0
    assert points[190].defaults_among_approved == pytest.approx(60 / 190)
    assert points[190].cost == pytest.approx(60 * 10 / 190)


def test_approving_more_costs_what_the_next_clients_default():
    probability = np.arange(1, 201) / 201
    target = (np.arange(200) >= 150).astype(int)

    curve = curve_of(probability, target).curve

    at = {round(each.approved, 2): each for each in curve}
    assert at[0.75].defaults_among_approved == 0.0
    assert at[0.75].cost == 0.0
    assert at[0.8].defaults_among_approved == pytest.approx(10 / 160)
    assert at[0.8].cost == pytest.approx(10 * 10 / 200)
    assert at[0.5].cost == pytest.approx(50 * 1 / 200)
    assert 150 / 201 < at[0.75].threshold < 151 / 201


def test_no_threshold_is_a_clients_own_score_and_few_approved_clients_are_not_shown():
    probability, target = calibrated_clients(600)

    curve = curve_of(probability, target).curve

    assert not set(probability.tolist()) & {each.threshold for each in curve}
    assert min(each.approved for each in curve) * 600 >= SMALLEST_GROUP


def test_a_threshold_that_grants_hardly_anyone_has_no_point_of_its_own():
    probability, target = calibrated_clients(600)

    assert curve_of(probability, target, threshold=1e-6).in_use is None


def test_it_is_the_versions_threshold_that_agrees_and_not_that_of_todays_costs():
    probability, target = calibrated_clients(2_000)

    section = curve_of(probability, target, threshold=0.5)

    assert section.band[0] <= COSTS.threshold <= section.band[1]
    assert not section.agrees
    assert "The threshold in use 0.5000 lies outside the band" in section.shown().blocks[0].text


def test_referred_clients_count_by_the_threshold_or_cost_their_review():
    probability = np.repeat([0.1, 0.2, 0.6, 0.7], [100, 20, 30, 40])
    target = np.repeat([0, 1, 0, 1], [100, 20, 30, 40])
    referred = np.arange(190) % 10 == 0  # 10 and 2 of the granted, 3 and 4 of the refused
    review = Costs(false_negative=10, false_positive=1, review=0.5)

    without = curve_of(probability, target, 0.5, referred=referred)
    reviewed = curve_of(probability, target, 0.5, costs=review, referred=referred)

    assert without.confusion == curve_of(probability, target, 0.5).confusion
    assert "19 clients, counted here as the threshold would decide" in without.shown().blocks[1].text
    assert reviewed.confusion.rows == [
        ["granted", "90", "18", "0", "180"],
        ["refused", "27", "36", "27", "0"],
        ["referred", "13", "6", "6", "3"],
    ]
    assert reviewed.confusion.cost == 180 + 27 + 19 * 0.5


def test_with_a_scale_each_threshold_has_its_points():
    probability, target = calibrated_clients(600)
    scale = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)

    section = curve_of(probability, target, scale=scale)

    assert section.in_use.points == 554  # of 1/11, as in docs/api.md
    points = [each.points for each in section.curve[:-1]]
    assert points == sorted(points, reverse=True)
    assert section.curve[-1].points is None  # nobody is refused there
    (_, table) = (block for block in section.shown().blocks if block.kind == "table")
    assert table.header[1] == "points"
    assert [table.rows[0][1], table.rows[-1][1]] == ["554", "–"]


def test_a_threshold_outside_the_band_of_the_lowest_cost_is_a_warning():
    probability, target = calibrated_clients(2_000)
    inflated = np.minimum(4 * probability, 1.0)

    section = curve_of(inflated, target)

    assert not section.agrees
    assert section.shown().blocks[0].is_warning
