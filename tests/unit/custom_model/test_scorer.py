"""The probability of default, and the contributions that sum to it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_model.features import Features
from custom_model.scorecard import Calibration
from custom_model.scorer import Scorer, sigmoid


@pytest.fixture(scope="module")
def scorer(booster):
    return Scorer(booster, Calibration(slope=1.2, intercept=-1.5))


@pytest.fixture(scope="module")
def matrix(contract, values):
    return Features(contract).matrix(values)


@pytest.mark.parametrize(
    ("log_odds", "probability"),
    [(0, 0.5), (math.log(1 / 10), 1 / 11), (math.log(3), 0.75), (800, 1.0), (-800, 0.0), (-40, math.exp(-40))],
)
def test_sigmoid_turns_log_odds_into_a_probability_without_overflow(log_odds, probability):
    assert sigmoid(log_odds) == pytest.approx(probability, rel=1e-12)


@given(st.floats(min_value=-700, max_value=700))
def test_a_risk_and_its_opposite_add_up_to_one(log_odds):
    assert sigmoid(log_odds) + sigmoid(-log_odds) == pytest.approx(1.0)


def test_probability_is_the_sigmoid_of_the_scaled_log_odds(scorer, booster, matrix):
    raw = booster.predict(matrix, raw_score=True, num_threads=1)

    assert scorer.probabilities(matrix) == pytest.approx(1 / (1 + np.exp(-(1.2 * raw - 1.5))), rel=1e-12)


def test_identity_calibration_leaves_the_boosters_probability_unchanged(booster, matrix):
    plain = Scorer(booster, Calibration(slope=1, intercept=0))

    assert plain.probabilities(matrix) == pytest.approx(booster.predict(matrix, num_threads=1), rel=1e-12)


@given(st.lists(st.integers(0, 399), min_size=1, max_size=50))
def test_a_row_has_the_same_bits_in_any_batch(scorer, matrix, rows):
    together = scorer.probabilities(matrix[rows])

    assert together == [scorer.probabilities(matrix[[row]])[0] for row in rows]


def test_contributions_and_the_expected_value_add_up_to_the_calibrated_log_odds(scorer, booster, matrix):
    expected_value = 1.2 * booster.predict(matrix[:1], pred_contrib=True, num_threads=1)[0, -1] - 1.5

    log_odds = scorer.contributions(matrix).sum(axis=1) + expected_value

    probability = np.array(scorer.probabilities(matrix))
    np.testing.assert_allclose(log_odds, np.log(probability / (1 - probability)), atol=1e-9)


def test_a_contribution_has_the_sign_of_its_effect_on_the_risk(scorer, contract, matrix):
    score = contract.column_of["EXT_SOURCE_2"]
    worst, best = np.nanargmin(matrix[:, score]), np.nanargmax(matrix[:, score])

    contributions = scorer.contributions(matrix[[worst, best]])[:, score]

    assert contributions[0] > contributions[1]


def test_contributions_of_a_row_are_the_same_in_any_batch(scorer, matrix):
    together = scorer.contributions(matrix[:20])

    for row in range(20):
        assert scorer.contributions(matrix[[row]]).tobytes() == together[[row]].tobytes()
