"""The costs of the two errors, the threshold that follows, and the decision rule."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from custom_model.costs import Costs, is_refused

prices = st.floats(min_value=1e-3, max_value=1e6)
probabilities = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize(
    ("false_negative", "false_positive", "threshold"),
    [
        (10, 1, 1 / 11),  # the case of the project: 0.0909
        (1, 1, 1 / 2),  # equal costs: the likelier outcome decides
        (1, 3, 3 / 4),  # a lost good client costs more: only the very risky are refused
        (5, 0.5, 1 / 11),  # only the ratio of the costs counts
    ],
)
def test_threshold_is_the_share_of_the_false_positive_in_both_costs(false_negative, false_positive, threshold):
    costs = Costs(false_negative=false_negative, false_positive=false_positive)

    assert costs.threshold == pytest.approx(threshold)


@given(prices, prices)
def test_granting_and_refusing_cost_the_same_at_the_threshold(false_negative, false_positive):
    costs = Costs(false_negative=false_negative, false_positive=false_positive)

    assert costs.granted(costs.threshold) == pytest.approx(costs.refused(costs.threshold))


@given(probabilities)
def test_refusing_is_cheaper_exactly_from_the_threshold_on(probability):
    costs = Costs(false_negative=10, false_positive=1)

    refusing_is_no_dearer = costs.refused(probability) <= costs.granted(probability)

    is_at_threshold = probability == pytest.approx(costs.threshold)
    assert refusing_is_no_dearer == is_refused(probability, costs.threshold) or is_at_threshold


def test_a_grant_costs_a_default_times_its_probability():
    assert Costs(false_negative=10, false_positive=1).granted(0.2) == pytest.approx(2.0)  # 2 of 10 default, at 10 each


def test_a_refusal_costs_a_good_client_times_its_probability():
    assert Costs(false_negative=10, false_positive=1).refused(0.2) == pytest.approx(0.8)  # 8 of 10 were good, at 1 each


def test_expected_cost_is_lowest_at_the_threshold_among_all_cuts():
    costs = Costs(false_negative=10, false_positive=1)
    probability = np.random.default_rng(0).beta(1, 9, 5_000)

    def expected(cut: float) -> float:
        return np.where(is_refused(probability, cut), costs.refused(probability), costs.granted(probability)).mean()

    cuts = np.linspace(0, 1, 1_001)
    assert expected(costs.threshold) <= min(expected(cut) for cut in cuts) + 1e-12


@pytest.mark.parametrize("entry", ["false_negative", "false_positive"])
@pytest.mark.parametrize("price", [0, -1, float("nan"), float("inf"), "dear", None])
def test_a_cost_that_is_not_a_positive_number_is_refused_by_name(entry, price):
    prices = {"false_negative": 10, "false_positive": 1, entry: price}

    with pytest.raises(ValidationError) as refused:
        Costs(**prices)

    assert [error["loc"] for error in refused.value.errors()] == [(entry,)]


def test_a_third_cost_is_refused():
    with pytest.raises(ValidationError, match="true_positive"):
        Costs(false_negative=10, false_positive=1, true_positive=0)


@pytest.mark.parametrize(
    ("probability", "refused"), [(0.0, False), (0.09, False), (1 / 11, True), (0.1, True), (1.0, True)]
)
def test_an_application_is_refused_from_the_threshold_on(probability, refused):
    assert is_refused(probability, 1 / 11) is refused


def test_the_threshold_is_refused_and_the_next_number_below_it_is_granted():
    threshold = Costs(false_negative=10, false_positive=1).threshold

    assert is_refused(threshold, threshold)
    assert not is_refused(math.nextafter(threshold, 0), threshold)


@given(arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(0, 5)), elements=probabilities), probabilities)
def test_an_array_is_decided_element_by_element_in_its_shape(array, threshold):
    refused = is_refused(array, threshold)

    assert refused.shape == array.shape
    assert refused.dtype == bool
    assert refused.ravel().tolist() == [is_refused(one, threshold) for one in array.ravel().tolist()]


REVIEWED = Costs(false_negative=10, false_positive=1, review=0.6)


@pytest.mark.parametrize(
    ("probability", "is_reviewed"),
    [
        (0.05, False),  # granting costs 0.5
        (0.06, False),  # granting costs as much as a look
        (0.07, True),  # granting costs 0.7, refusing 0.93
        (0.39, True),  # granting costs 3.9, refusing 0.61
        (0.41, False),  # refusing costs 0.59
    ],
)
def test_a_person_looks_where_both_decisions_cost_more_than_that(probability, is_reviewed):
    assert REVIEWED.needs_review(probability) == is_reviewed


@given(probabilities)
def test_without_a_cost_of_review_nobody_looks(probability):
    assert not Costs(false_negative=10, false_positive=1).needs_review(probability)


@given(arrays(float, 20, elements=probabilities))
def test_many_probabilities_are_reviewed_as_each_is(many):
    assert REVIEWED.needs_review(many).tolist() == [REVIEWED.needs_review(one) for one in many.tolist()]


@given(prices, prices, st.floats(min_value=0.01, max_value=0.99))
def test_a_review_that_can_be_cheapest_is_so_around_the_threshold(false_negative, false_positive, share):
    dearest = false_negative * false_positive / (false_negative + false_positive)

    costs = Costs(false_negative=false_negative, false_positive=false_positive, review=share * dearest)

    assert costs.needs_review(costs.threshold)


@pytest.mark.parametrize("review", [0.91, 1, 100])
def test_a_review_dearer_than_every_decision_is_an_error(review):
    # At the threshold of 1/11 both decisions cost 10/11, and nowhere is the better one dearer.
    with pytest.raises(ValidationError, match=r"expected `review` to be less than 0\.9091"):
        Costs(false_negative=10, false_positive=1, review=review)


@pytest.mark.parametrize("review", [0, -1, float("nan"), float("inf"), "much", True])
def test_a_review_costs_a_positive_number(review):
    with pytest.raises(ValidationError):
        Costs(false_negative=10, false_positive=1, review=review)
