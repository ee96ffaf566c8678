"""The score in points: the odds of a good client on a logarithmic scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from custom_model.points import ScoreScale

SCALE = ScoreScale(base_points=600, base_odds=50, points_to_double_odds=20)
probabilities = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize(
    ("probability", "points"),
    [
        (1 / 51, 600),  # 50 good clients to one default
        (1 / 101, 620),  # 100 to one: the odds doubled
        (1 / 26, 580),  # 25 to one
        (1 / 11, 554),  # 10 to one, the threshold of the project: 600 + 20 log2(10 / 50) = 553.56
        (0.5, 487),  # 1 to one: 600 - 20 log2(50) = 487.12
    ],
)
def test_points_follow_the_odds(probability, points):
    assert SCALE.points(probability) == points


@given(probabilities, probabilities)
def test_a_higher_risk_never_has_more_points(one, other):
    low, high = sorted((one, other))

    assert SCALE.points(low) >= SCALE.points(high)


@given(probabilities)
def test_every_probability_has_a_whole_number_of_points(probability):
    assert type(SCALE.points(probability)) is int


@given(
    probabilities,
    st.integers(-1_000_000, 1_000_000),
    st.floats(1e-6, 1e6),
    st.floats(min_value=0, max_value=10_000, exclude_min=True),
)
def test_points_of_any_scale_fit_the_column_of_the_decision_log(probability, points, odds, double):
    scale = ScoreScale(base_points=points, base_odds=odds, points_to_double_odds=double)

    assert -(2**31) <= scale.points(probability) < 2**31


@pytest.mark.parametrize(
    "changed",
    [
        {"base_odds": 0},
        {"base_odds": 1e7},
        {"base_points": 2**31},
        {"points_to_double_odds": 1e308},
        {"points_to_double_odds": -20},
        {"points_to_double_odds": 0},
        {"base_points": 600.5},
        {"base_points": True},
        {"base_odds": "50"},
        {"base_odds": float("inf")},
        {"points": 600},
    ],
)
def test_a_scale_that_is_none_is_an_error(changed):
    with pytest.raises(ValidationError):
        ScoreScale.model_validate({**SCALE.model_dump(), **changed})
